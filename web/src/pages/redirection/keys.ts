/** profileKeys names cached answers about a tenant's redirection profiles. */
export const profileKeys = {
  all: (tenant: string) => ["tenant", tenant, "rps"] as const,
  list: (tenant: string) => ["tenant", tenant, "rps", "list"] as const,
  orgs: (tenant: string, id: string) => ["tenant", tenant, "rps", "orgs", id] as const,
  plans: (tenant: string, id: string) => ["tenant", tenant, "rps", "plans", id] as const,
};
