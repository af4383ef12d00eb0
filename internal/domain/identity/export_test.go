package identity

// Kind tells what form of token s has.
func Kind(s string) (path, boot bool) {
	_, boot = parseBootstrap(s)
	return isPathToken(s), boot
}
