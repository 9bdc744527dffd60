// Package estest gives tests a real Elasticsearch.
//
// A node named by the environment is used as it is; otherwise one is started
// through the launcher in docker/elasticsearch, once for the test binary, and
// stopped at its end. This package knows the launcher and nothing of the engine.
package estest
