// Package apitest judges answers by the description that the server gives of its own
// API, for tests: whether the description is one, whether an answer has a status that is
// described, and whether it looks as described.
//
// testdata has the schema of OpenAPI 3.1 documents as the OpenAPI Initiative publishes
// it, with its licence.
package apitest
