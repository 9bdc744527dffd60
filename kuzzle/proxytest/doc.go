// Package proxytest starts real proxies for tests: nginx, HAProxy and Caddy.
//
// A proxy runs with the test's own configuration, in a folder of the test, on a
// free port of this machine, until the test ends. A test whose proxy is not
// installed is skipped; with CI=true it fails. This package knows the proxies
// and nothing of the server behind them.
package proxytest
