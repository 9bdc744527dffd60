// Package endpoint makes HTTP requests to the nodes of an Elasticsearch cluster.
//
// It reads the addresses of the nodes and adds the credentials to each request. The
// callers choose the node, send the request and judge the answer.
package endpoint
