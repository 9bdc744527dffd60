// Package search turns arguments and search bodies into query.Search values, and pages of users,
// profiles, roles, API keys and credentials into results. Package query defines the allowed fields
// and the meaning of clauses.
package search
