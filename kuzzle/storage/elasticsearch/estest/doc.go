// Package estest provides tests with a real Elasticsearch.
//
// It uses the node named by the environment. Otherwise it starts one through the
// launcher in docker/elasticsearch, once for the test binary, and stops it at
// the end. This package knows the launcher and nothing of the engine.
package estest
