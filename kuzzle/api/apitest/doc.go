// Package apitest compares answers with the server's own description of its API, for tests:
// whether the description is valid, whether an answer's status is described, and whether the
// answer has the described form.
//
// testdata has the schema of OpenAPI 3.1 documents as the OpenAPI Initiative publishes it,
// with its licence.
package apitest
