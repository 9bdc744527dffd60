package frontend

import (
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

const (
	// TextParameter is the parameter with the text of a link.
	TextParameter = "token"
	// redirectParam is the parameter of the page to which a link leads.
	redirectParam = "redirect_url"
	// maxRedirect is the longest address of such a page, in bytes.
	maxRedirect = 2 << 10
)

// unsent are the refusals of codes by kinds of contacts.
var unsent = map[string]*fault.Kind{users.Email: edge.NoCodesByMail, users.Phone: edge.NoCodesByPhone}

// CanSend refuses a strategy by a code or a link that this server does not send, with the setting that is
// missing. It refuses no other one.
func (v *Visit) CanSend(strategy string) error {
	contact, link, ok := signins.Sent(strategy)
	codes := v.door.Accounts.Codes
	switch {
	case ok && !codes.Sends(contact):
		return unsent[contact].New()
	case ok && link && !codes.Links():
		return edge.NoLinks.New()
	}
	return nil
}

// Link returns what the browser says about a link that it asks for, and the address before the link's
// text. to is the page to which the link leads, of an origin that may call.
func (v *Visit) Link(to edge.Text) (link codes.Link, base string, err error) {
	_, ok := v.Allows(to.Value)
	switch {
	case to.Value == "":
		err = edge.Refusal(edge.Missing, redirectParam)
	case len(to.Value) > maxRedirect:
		err = edge.Refusal(edge.SizeExceeded, redirectParam)
	case !ok:
		err = edge.Refusal(edge.RedirectForeign, redirectParam)
	default:
		base, err = v.address()
	}
	// A browser that is known by a token in addresses does not send it with the link.
	return codes.Link{Client: v.Client.ID, Same: !v.Development, Redirect: to.Value}, base + edge.Prefix + "/verify?" + TextParameter + "=", err
}

// address returns the address of this dialect for other people: that of a proxy with a key, the name in
// publishable keys, or for a development instance the server's own. No other address that a request
// names is believed.
func (v *Visit) address() (string, error) {
	switch {
	case v.proxied != "":
		return strings.TrimRight(v.proxy, "/"), nil
	case !v.MayDevelop():
		return "https://" + v.FrontendAPI, nil
	}
	base := v.door.LinkBase()
	if base == "" {
		return "", edge.NoPublicURL.New()
	}
	return base, nil
}
