// Package search is how clients ask for pages of users, profiles, roles, API
// keys and credentials, and how they are answered.
//
// In come arguments and a search body, out go a query.Search for the domain and
// the result's shape. What may be named, and what a clause means, is query's.
package search
