package edge

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

// translated maps faults of the domain to Clerk's errors, about param if it is set.
// With about, the fault's first prop is the path of the argument; with identifier,
// it is the kind of an identifier.
var translated = []struct {
	from, to          *fault.Kind
	about, identifier bool
	param             string
}{
	{from: assert.Unexpected, to: Unknown, about: true},
	{from: assert.InvalidType, to: TypeInvalid, about: true},
	{from: assert.InvalidArgument, to: ValueInvalid, about: true},
	{from: assert.Missing, to: Missing, about: true},
	{from: assert.Empty, to: Nil, about: true},
	{from: assert.BodyRequired, to: BodyInvalid},
	{from: strategies.ErrTaken, to: IdentifierExists, identifier: true},
	{from: users.ErrLooksTaken, to: IdentifierExists, identifier: true},
	{from: users.ErrMixedScripts, to: FormatInvalid, identifier: true},
	{from: users.ErrBadIdentifier, to: FormatInvalid, identifier: true},
	{from: network.ErrNotFound, to: NoEndpoint},
	{from: users.ErrUserNotFound, to: NotFound},
	{from: contacts.ErrNotFound, to: NotFound},
	{from: users.ErrLastIdentifier, to: LastIdentification},
	{from: contacts.ErrExists, to: IdentifierExists, identifier: true},
	{from: users.ErrMetadataTooLarge, to: SizeExceeded, identifier: true},
	{from: storage.ErrConflict, to: Conflict},
	{from: digest.ErrUnknownHasher, to: ValueInvalid, param: "password_hasher"},
	{from: digest.ErrMalformed, to: DigestInvalid, param: "password_digest"},
	{from: digest.ErrAmbiguous, to: DigestInvalid, param: "password_digest"},
	{from: digest.ErrTooExpensive, to: DigestInvalid, param: "password_digest"},
	{from: totp.ErrSecret, to: TOTPSecretInvalid, param: "totp_secret"},
	{from: backupcode.ErrCodes, to: ValueInvalid, param: "backup_codes"},
	{from: local.ErrTooShort, to: PasswordTooShort, param: "password"},
	{from: local.ErrTooLong, to: PasswordTooLong, param: "password"},
	{from: local.ErrCommon, to: PasswordPwned, param: "password"},
	{from: local.ErrBreached, to: PasswordPwned, param: "password"},
	{from: local.ErrIsDigest, to: PasswordRefused, param: "password"},
	{from: local.ErrWeak, to: PasswordRefused, param: "password"},
	{from: local.ErrGuessable, to: PasswordRefused, param: "password"},
	{from: local.ErrForbiddenWord, to: PasswordRefused, param: "password"},
	{from: local.ErrReused, to: PasswordRefused, param: "password"},
	{from: local.ErrLoginInPassword, to: PasswordMatchesName, param: "password"},
	{from: api.ErrTooManyRequests, to: TooManyRequests},
	{from: network.ErrBadBody, to: BodyInvalid},
	{from: network.ErrUnsupportedContent, to: ContentTypeUnsupported},
	{from: network.ErrUnsupportedCharset, to: ContentTypeUnsupported},
}

// byStatus are the errors for faults that are not in the table.
var byStatus = map[int]*fault.Kind{
	http.StatusUnauthorized: CouldNotAuthenticate, http.StatusForbidden: AuthorizationInvalid, http.StatusNotFound: NotFound,
	http.StatusConflict: Conflict, http.StatusRequestEntityTooLarge: BodyTooLarge, http.StatusUnsupportedMediaType: ContentTypeUnsupported,
	http.StatusTooManyRequests: TooManyRequests, http.StatusServiceUnavailable: Unavailable, http.StatusGatewayTimeout: GatewayTimeout,
}

// kinds maps kinds of identifiers and metadata to their parameters.
var kinds = map[string]string{
	users.Email: "email_address", users.Phone: "phone_number", users.Wallet: "web3_wallet", users.ExternalIDKind: "external_id",
	users.PublicMetadata: "public_metadata", users.PrivateMetadata: "private_metadata", users.UnsafeMetadata: "unsafe_metadata",
}

// translate converts a fault to Clerk's errors, each with its own parameter.
func translate(failure *fault.Error) []*fault.Error {
	if len(failure.Errors) == 0 {
		return []*fault.Error{translateOne(failure)}
	}
	all := make([]*fault.Error, len(failure.Errors))
	for i, part := range failure.Errors {
		all[i] = translateOne(part)
	}
	return all
}

func translateOne(failure *fault.Error) *fault.Error {
	if codeOf(failure) != "" {
		return failure
	}
	for i := range translated {
		row := &translated[i]
		if !errors.Is(failure, row.from) {
			continue
		}
		to := row.to.New()
		switch {
		case row.about:
			path, _ := failure.Props[0].(string)
			to.Props = []any{strings.TrimPrefix(path, bodyPrefix)}
		case row.identifier:
			kind, _ := failure.Props[0].(string)
			to.Props = []any{cmp.Or(kinds[kind], kind)}
		case row.param != "":
			to.Props = []any{row.param}
		}
		to.RetryAfter = failure.RetryAfter
		return to
	}
	to := byStatus[failure.Status()]
	switch {
	case to != nil:
	case failure.Status() >= http.StatusInternalServerError:
		to = Internal
	default:
		to = BadRequest
	}
	e := to.New()
	if to == BadRequest {
		e.Hint = failure.Message()
	}
	e.RetryAfter = failure.RetryAfter
	return e
}

// About returns a fault, of the domain or of this package, as an error about another parameter than
// the one that its row of the table names.
func About(err error, named, param string) error {
	failure, known := fault.From(err)
	if !known || len(failure.Errors) > 0 {
		return err
	}
	e := translateOne(failure)
	if len(e.Props) == 0 || e.Props[0] != named {
		return err
	}
	renamed := *e
	renamed.Props = append([]any{param}, e.Props[1:]...)
	return &renamed
}
