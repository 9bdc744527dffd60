package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// healthTimeout bounds the whole check; Docker's default is longer.
const healthTimeout = 5 * time.Second

type healthcheck struct{ config.Flags }

// Help is shown below the flags.
func (healthcheck) Help() string {
	return "The command asks GET /_ready at the address that --listen, KUZZLE_LISTEN or the file give, as the server itself was told. It prints ready and ends with 0 when the server takes requests and its store works, else with 1. GET /_healthcheck only tells that the process runs. GET /_healthCheck is the action server:healthCheck, which needs rights."
}

// Run succeeds if the server accepts requests.
func (h *healthcheck) Run(ctx context.Context, at console) error {
	cfg, _, err := config.Load(h.Sources(os.Environ()))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	transport, scheme := &http.Transport{DisableKeepAlives: true}, "http"
	if cfg.HTTP.TLS.Cert != "" {
		// The certificate has the clients' name, not this address, and the
		// request contains no secret.
		transport.TLSClientConfig, scheme = &tls.Config{InsecureSkipVerify: true}, "https"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+reachable(cfg.Listen)+"/_ready", nil)
	if err != nil {
		return err
	}
	// The request goes to this machine, so proxies of the environment are
	// ignored.
	client := http.Client{Transport: transport}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("no server answers: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // only the status counts
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server at %s is not ready: it answers %s", cfg.Listen, res.Status)
	}
	_, err = fmt.Fprintln(at.out, "ready")
	return err
}

// reachable returns an address to connect to for a server's listener: a
// wildcard becomes this machine's own address.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	switch ip := net.ParseIP(host); {
	case host == "" || ip != nil && ip.To4() != nil && ip.IsUnspecified():
		host = "127.0.0.1"
	case ip != nil && ip.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
