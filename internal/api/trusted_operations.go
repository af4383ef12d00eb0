package api

import (
	"context"
	"net/http"
)

func (a *API) trusted() {
	a.platformCAs()
	a.orgCAs()
}

func (a *API) platformCAs() {
	register(a, op(http.MethodGet, "/trusted-cas", "list-platform-trusted-cas", "The trusted CAs of the platform"), func(ctx context.Context, in *PlatformRef) (*List[TrustedCA], error) {
		return a.listCAs(ctx, *in)
	})
	register(a, op(http.MethodPost, "/trusted-cas", "create-platform-trusted-ca", "Trust a CA of the platform; it proves nothing until its rule is confirmed"), func(ctx context.Context, in *struct {
		PlatformRef
		Body NewCA
	}) (*One[TrustedCA], error) {
		return a.addCA(ctx, in.PlatformRef, in.Body)
	})
	register(a, op(http.MethodGet, "/trusted-cas/{id}", "get-platform-trusted-ca", "One trusted CA of the platform"), func(ctx context.Context, in *struct {
		PlatformRef
		IDRef
	}) (*One[TrustedCA], error) {
		return a.getCA(ctx, in.PlatformRef, in.ID)
	})
	register(a, op(http.MethodPatch, "/trusted-cas/{id}", "update-platform-trusted-ca", "Change a trusted CA of the platform; other certificates or another rule end its confirmation"), func(ctx context.Context, in *struct {
		PlatformRef
		IDRef
		IfMatch
		Body CAPatch
	}) (*One[TrustedCA], error) {
		return a.updateCA(ctx, in.PlatformRef, in.ID, in.IfMatch, in.Body)
	})
	register(a, op(http.MethodDelete, "/trusted-cas/{id}", "delete-platform-trusted-ca", "Trust a CA of the platform no longer, at once; phones that prove by its certificates alone who they are get nothing from then on"), func(ctx context.Context, in *struct {
		PlatformRef
		IDRef
		IfMatch
	}) (*Nothing, error) {
		return a.deleteCA(ctx, in.PlatformRef, in.ID, in.IfMatch)
	})
	register(a, op(http.MethodGet, "/trusted-cas/{id}/subjects", "list-platform-trusted-ca-subjects", "Certificates of phones that were seen and chain to a trusted CA of the platform"), func(ctx context.Context, in *struct {
		PlatformRef
		IDRef
	}) (*Plain[SeenSubjects], error) {
		return a.subjectsOfCA(ctx, in.PlatformRef, in.ID)
	})
	register(a, op(http.MethodPost, "/trusted-cas/{id}/try", "try-platform-trusted-ca-rule", "Which MAC a rule reads in a certificate that was seen; changes nothing"), func(ctx context.Context, in *struct {
		PlatformRef
		IDRef
		Body RuleOnSubject
	}) (*Plain[TriedRule], error) {
		return a.tryRule(ctx, in.PlatformRef, in.ID, in.Body)
	})
	register(a, op(http.MethodPost, "/trusted-cas/{id}/confirm", "confirm-platform-trusted-ca-rule", "Put a rule in force, on a real certificate that was seen and the MAC that comes out of it"), func(ctx context.Context, in *struct {
		PlatformRef
		IDRef
		IfMatch
		Body ConfirmedRule
	}) (*One[TrustedCA], error) {
		return a.confirmRule(ctx, in.PlatformRef, in.ID, in.IfMatch, in.Body)
	})
}

func (a *API) orgCAs() {
	register(a, op(http.MethodGet, "/orgs/{org}/trusted-cas", "list-trusted-cas", "The trusted CAs of an organization"), func(ctx context.Context, in *OrgRef) (*List[TrustedCA], error) {
		return a.listCAs(ctx, *in)
	})
	register(a, op(http.MethodPost, "/orgs/{org}/trusted-cas", "create-trusted-ca", "Trust a CA of an organization; it proves nothing until its rule is confirmed"), func(ctx context.Context, in *struct {
		OrgRef
		Body NewCA
	}) (*One[TrustedCA], error) {
		return a.addCA(ctx, in.OrgRef, in.Body)
	})
	register(a, op(http.MethodGet, "/orgs/{org}/trusted-cas/{id}", "get-trusted-ca", "One trusted CA of an organization"), func(ctx context.Context, in *struct {
		OrgRef
		IDRef
	}) (*One[TrustedCA], error) {
		return a.getCA(ctx, in.OrgRef, in.ID)
	})
	register(a, op(http.MethodPatch, "/orgs/{org}/trusted-cas/{id}", "update-trusted-ca", "Change a trusted CA of an organization; other certificates or another rule end its confirmation"), func(ctx context.Context, in *struct {
		OrgRef
		IDRef
		IfMatch
		Body CAPatch
	}) (*One[TrustedCA], error) {
		return a.updateCA(ctx, in.OrgRef, in.ID, in.IfMatch, in.Body)
	})
	register(a, op(http.MethodDelete, "/orgs/{org}/trusted-cas/{id}", "delete-trusted-ca", "Trust a CA of an organization no longer, at once; phones that prove by its certificates alone who they are get nothing from then on"), func(ctx context.Context, in *struct {
		OrgRef
		IDRef
		IfMatch
	}) (*Nothing, error) {
		return a.deleteCA(ctx, in.OrgRef, in.ID, in.IfMatch)
	})
	register(a, op(http.MethodGet, "/orgs/{org}/trusted-cas/{id}/subjects", "list-trusted-ca-subjects", "Certificates of phones that were seen and chain to a trusted CA of an organization"), func(ctx context.Context, in *struct {
		OrgRef
		IDRef
	}) (*Plain[SeenSubjects], error) {
		return a.subjectsOfCA(ctx, in.OrgRef, in.ID)
	})
	register(a, op(http.MethodPost, "/orgs/{org}/trusted-cas/{id}/try", "try-trusted-ca-rule", "Which MAC a rule reads in a certificate that was seen; changes nothing"), func(ctx context.Context, in *struct {
		OrgRef
		IDRef
		Body RuleOnSubject
	}) (*Plain[TriedRule], error) {
		return a.tryRule(ctx, in.OrgRef, in.ID, in.Body)
	})
	register(a, op(http.MethodPost, "/orgs/{org}/trusted-cas/{id}/confirm", "confirm-trusted-ca-rule", "Put a rule in force, on a real certificate that was seen and the MAC that comes out of it"), func(ctx context.Context, in *struct {
		OrgRef
		IDRef
		IfMatch
		Body ConfirmedRule
	}) (*One[TrustedCA], error) {
		return a.confirmRule(ctx, in.OrgRef, in.ID, in.IfMatch, in.Body)
	})
}
