package config

import (
	"cmp"
	"mime"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
)

// check finds faults that concern several keys, and texts that have no meaning.
func (c *Config) check(origins Origins) Problems {
	var problems Problems
	report := func(path, value, remedy string) {
		problems = append(problems, Problem{Key: path, Value: value, From: origins[path], Remedy: remedy})
	}
	c.checkAddresses(report)
	c.checkSecrets(report)
	c.checkElasticsearch(report)
	c.checkOrigins(report)
	c.checkTimes(report)
	c.checkNotify(report)
	c.checkPublic(report)
	if a := c.Clerk.Attributes; a.EmailAddress == "off" && a.PhoneNumber == "off" && a.Username == "off" && a.Web3Wallet == "off" {
		report("clerk.attributes.emailAddress", a.EmailAddress, "users need an identifier: leave this, phoneNumber, username or web3Wallet on")
	}
	if c.Memory.Budget != 0 && c.Memory.Budget < budget.Least {
		report("memory.budget", c.Memory.Budget.String(), "write 0 or at least "+Size(budget.Least).String())
	}
	if c.Identifiers.CaseSensitive && c.Identifiers.LookAlikes == "same" {
		report("identifiers.lookAlikes", c.Identifiers.LookAlikes, "this has no effect on case-sensitive names: leave it out, or leave out identifiers.caseSensitive")
	}
	for _, kind := range c.Server.Protocols.HTTP.AdditionalContentTypes {
		if media, _, err := mime.ParseMediaType(kind); err != nil || !strings.Contains(media, "/") {
			report("server.protocols.http.additionalContentTypes", kind, `write content types such as "application/x-ndjson"`)
		}
	}
	switch tls := c.HTTP.TLS; {
	case tls.Cert != "" && tls.Key == "":
		report("http.tls.key", "", "also give http.tls.cert, the file with the certificate")
	case tls.Cert == "" && tls.Key != "":
		report("http.tls.cert", "", "also give http.tls.key, the file with the certificate's key")
	}
	if !c.Server.Protocols.HTTP.Enabled {
		report("server.protocols.http.enabled", "false", "must be true, because WebSocket and the probes begin with HTTP; remove it")
	}
	return problems
}

type reporter func(path, value, remedy string)

func (c *Config) checkAddresses(report reporter) {
	const remedy = `write address:port, such as "127.0.0.1:7512", or ":7512" for all addresses`
	if !isAddress(c.Listen) {
		report("listen", c.Listen, remedy)
	}
	if c.MetricsListen != "" && !isAddress(c.MetricsListen) {
		report("metricsListen", c.MetricsListen, remedy)
	}
	if c.MetricsListen == c.Listen && portOf(c.Listen) != 0 {
		report("metricsListen", c.MetricsListen, "give another address than that of listen")
	}
	if c.Dev {
		c.checkLoopback(report)
	}
	if strings.TrimSpace(c.Data) == "" {
		report("data", c.Data, "write the path of a folder")
	}
}

// checkLoopback ensures that other machines cannot reach a server that dev opens.
func (c *Config) checkLoopback(report reporter) {
	for _, at := range [][2]string{{"listen", c.Listen}, {"metricsListen", c.MetricsListen}} {
		if isAddress(at[1]) && !isLoopback(at[1]) {
			report(at[0], at[1], `with dev the server listens on loopback only, such as "127.0.0.1:7512"; give such an address, or leave out dev`)
		}
	}
}

func (c *Config) checkPublic(report reporter) {
	public, err := url.Parse(c.PublicURL)
	web := err == nil && (public.Scheme == "https" || public.Scheme == "http") && public.Hostname() != ""
	if c.PublicURL != "" && (!web || public.User != nil || public.RawQuery != "" || public.Fragment != "") {
		report("publicUrl", "", `write an absolute URL without user, query and fragment, such as "https://auth.example.com"`)
	}
	if c.Clerk.FrontendAPI != "" {
		if err := publishable.Check(c.Clerk.FrontendAPI); err != nil {
			report("clerk.frontendApi", c.Clerk.FrontendAPI, err.Error())
		}
	}
}

// FrontendAPI returns the host that publishable keys name and from which the issuer of
// tokens for other services is made: clerk.frontendApi, or a value derived from the
// server's URL.
func (c *Config) FrontendAPI() string {
	return cmp.Or(c.Clerk.FrontendAPI, publishable.FrontendAPI(c.PublicURL, c.Listen))
}

// Frontend reports whether browsers may call Clerk's Frontend API.
func (c *Config) Frontend() bool {
	return c.Clerk.Frontend == "on" || c.Clerk.Frontend != "off" && (c.Clerk.FrontendAPI != "" || c.Dev)
}

// BaseURL returns the URL by which clients reach the server: publicUrl, or one that
// works on this machine.
func (c *Config) BaseURL() string {
	return cmp.Or(c.PublicURL, "http://"+publishable.Local(c.Listen))
}

// LinkBase returns the beginning of links for other people, for a server that listens on
// an address. It is publicUrl. It is "" if publicUrl is missing and other machines can
// reach the server, because the URL is then unknown.
func (c *Config) LinkBase(address string) string {
	if c.PublicURL == "" && !isLoopback(c.Listen) {
		return ""
	}
	return strings.TrimRight(cmp.Or(c.PublicURL, "http://"+publishable.Local(address)), "/")
}

// Local reports whether only this machine reaches the server.
func (c *Config) Local() bool { return c.PublicURL == "" && isLoopback(c.Listen) }

// isLoopback reports whether only programs of this machine can connect to an
// address.
func isLoopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

func (c *Config) checkSecrets(report reporter) {
	admin := c.Admin
	switch {
	case admin.Password != "" && admin.PasswordFile != "":
		report("admin.passwordFile", admin.PasswordFile, "give it or admin.password, not both")
	case admin.Username != "" && admin.Password == "" && admin.PasswordFile == "":
		report("admin.username", admin.Username, "give admin.password or admin.passwordFile as well")
	case admin.Username == "" && (admin.Password != "" || admin.PasswordFile != ""):
		report("admin.username", "", "also give admin.username: a password alone creates no administrator")
	}
	if c.MasterKey != "" && c.MasterKeyFile != "" {
		report("masterKeyFile", c.MasterKeyFile, "give it or masterKey, not both")
	}
}

func (c *Config) checkElasticsearch(report reporter) {
	cluster := c.Elasticsearch
	for _, address := range cluster.Addresses {
		u, err := url.Parse(address)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			report("elasticsearch.addresses", "", `write addresses such as "https://elastic.example.com:9200"`)
		case u.User != nil:
			report("elasticsearch.addresses", "", "give elasticsearch.username and elasticsearch.password instead of writing them into an address")
		}
	}
	if cluster.APIKey != "" && (cluster.Username != "" || cluster.Password != "") {
		report("elasticsearch.apiKey", "", "give it or elasticsearch.username and elasticsearch.password, not both")
	}
	if !isIndexPrefix(cluster.Prefix) {
		report("elasticsearch.prefix", cluster.Prefix, "write 1 to 64 lower-case letters, digits, - and _, and begin with a letter or a digit")
	}
	if copies := cluster.WaitForActiveShards; copies != "all" {
		if n, err := strconv.Atoi(copies); err != nil || n < 1 || n > 11 {
			report("elasticsearch.waitForActiveShards", copies, `write a number from 1 to 11, or "all"`)
		}
	}
	if len(cluster.Addresses) > 0 && c.MasterKey == "" && c.MasterKeyFile == "" {
		report("masterKey", "", "set KUZZLE_MASTER_KEY or KUZZLE_MASTER_KEY_FILE: all servers of a cluster need the same master key, for instance the output of: openssl rand -base64 32")
	}
}

func isIndexPrefix(text string) bool {
	const letters, alsoInside, longest = "abcdefghijklmnopqrstuvwxyz0123456789", "_-", 64
	return text != "" && len(text) <= longest && strings.ContainsRune(letters, rune(text[0])) && strings.Trim(text, letters+alsoInside) == ""
}

func (c *Config) checkOrigins(report reporter) {
	const path = "http.accessControlAllowOrigin"
	for _, origin := range c.HTTP.AllowOrigin {
		switch {
		case origin == "*":
		case c.HTTP.AllowOriginUseRegExp:
			if _, err := regexp.Compile(origin); err != nil {
				report(path, origin, "write a regular expression: "+err.Error())
			}
		case !isOrigin(origin):
			report(path, origin, `write origins such as "https://app.example.com", without a path`)
		}
	}
}

func (c *Config) checkTimes(report reporter) {
	storage, token, logins := c.Services.StorageEngine, c.Security.AuthToken, c.Logins
	if storage.Defaults.ScrollTTL > storage.MaxScrollDuration {
		report("services.storageEngine.defaults.scrollTTL", storage.Defaults.ScrollTTL.String(),
			"it must not be longer than services.storageEngine.maxScrollDuration, "+storage.MaxScrollDuration.String())
	}
	if longer(token.ExpiresIn, token.MaxTTL) {
		report("security.authToken.expiresIn", token.ExpiresIn.String(),
			"it must not be longer than security.authToken.maxTTL, "+token.MaxTTL.String())
	}
	if longer(token.ExpiresIn, c.Sessions.MaxLifetime) {
		report("security.authToken.expiresIn", token.ExpiresIn.String(),
			"it must not be longer than sessions.maxLifetime, "+c.Sessions.MaxLifetime.String())
	}
	if logins.FirstDelay > logins.MaxDelay {
		report("logins.firstDelay", logins.FirstDelay.String(), "it must not be longer than logins.maxDelay, "+logins.MaxDelay.String())
	}
}

func longer(d, limit Duration) bool {
	return limit != Infinite && (d == Infinite || cmp.Less(limit, d))
}

func isAddress(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsAny(host, " /\\@") {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// portOf returns the port of an address, or 0.
func portOf(address string) int {
	_, port, _ := net.SplitHostPort(address)
	number, _ := strconv.ParseUint(port, 10, 16)
	return int(number)
}

func withPort(address string, port int) string {
	host, _, _ := net.SplitHostPort(address)
	return net.JoinHostPort(host, strconv.Itoa(port))
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != "" && u.Host != "" && u.Scheme+"://"+u.Host == strings.ToLower(text)
}

func (c *Config) checkNotify(report reporter) {
	to := c.Notify
	if to.Mail == "smtp" {
		if !isAddress(to.SMTP.Address) || strings.HasPrefix(to.SMTP.Address, ":") {
			report("notify.smtp.address", to.SMTP.Address, `write host:port, such as "smtp.example.com:587"`)
		}
		if _, err := mail.ParseAddress(to.From); err != nil {
			report("notify.from", to.From, `write a mail address, such as "noreply@example.com"`)
		}
		if (to.SMTP.Username == "") != (to.SMTP.Password == "") {
			report("notify.smtp.username", to.SMTP.Username, "give both this and notify.smtp.password, or neither")
		}
	}
	if to.Mail == "webhook" || to.SMS == "webhook" {
		if u, err := url.Parse(to.Webhook.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			report("notify.webhook.url", "", `write an address such as "https://hooks.example.com/messages"`)
		}
	}
}
