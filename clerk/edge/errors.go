package edge

import (
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// idPrefix begins the ids of the faults of this package; the rest is Clerk's code.
const idPrefix = "clerk.api."

// declared counts the faults; their codes are in their own domain.
var declared int32 = 0x43010000

func declare(code string, status int, text string) *fault.Kind {
	declared++
	return fault.Declare(declared, idPrefix+code, status, text)
}

// Clerk's errors, by their codes. The first prop is the parameter at fault, or the list
// of parameters, if the text has a place for it.
var (
	AuthenticationInvalid  = declare("authentication_invalid", 401, "This request has no secret key. Send it as Authorization: Bearer sk_….")
	AuthorizationFormat    = declare("authorization_header_format_invalid", 401, "The header Authorization has another form than Bearer sk_….")
	KeyInvalid             = declare("clerk_key_invalid", 401, "This secret key is not known here. Make one with kuzzle key create.")
	KeyPublishable         = declare("clerk_key_invalid.publishable", 401, "This is a publishable key, which is for pages. Servers need a secret key, sk_…: make one with kuzzle key create.")
	CouldNotAuthenticate   = declare("could_not_authenticate_request", 401, "The caller of this request cannot be identified.")
	AuthorizationInvalid   = declare("authorization_invalid", 403, "This key does not allow this request.")
	EnvironmentInvalid     = declare("request_invalid_for_environment", 400, "This request needs a test key.")
	InstanceInvalid        = declare("request_invalid_for_instance", 400, "The settings of this instance do not allow this request.")
	VersionInvalid         = declare("api_version_invalid", 400, "The API version is unknown: send one of 2021-02-05, 2024-10-01, 2025-04-10, 2025-11-10 and 2026-05-12, in one place.")
	BodyInvalid            = declare("request_body_invalid", 400, "The body is not a JSON object.")
	ContentTypeUnsupported = declare("unsupported_content_type", 415, "The content type of the body is not supported here.")
	BodyTooLarge           = declare("request_body_too_large", 413, "The body is too large.")
	ParametersMalformed    = declare("malformed_request_parameters", 400, "The query cannot be read.")
	QueryMissing           = declare("missing_query_parameter", 400, "%v is missing in the query.")
	BulkSizeExceeded       = declare("bulk_size_exceeded", 400, "%v has more entries than the limit.")
	TooManyRequests        = declare("too_many_requests", 429, "There were too many requests. Wait for the time in Retry-After.")
	NotFound               = declare("resource_not_found", 404, "The resource does not exist.")
	NoEndpoint             = declare("resource_not_found.endpoint", 404, "There is no such endpoint here. Clients that add /v1 to paths themselves take the address without it.")
	Conflict               = declare("conflict", 409, "Another request was changing the same data. Try again.")
	Internal               = declare("internal_clerk_error", 500, "The server failed. Its log has the cause under the trace id.")
	Unavailable            = declare("service_unavailable", 503, "The server cannot do this at the moment. Try again.")
	GatewayTimeout         = declare("gateway_timeout", 504, "Another system did not answer in time. Try again.")
	FeatureNotEnabled      = declare("feature_not_enabled", 403, "%v is off for this instance.")
	DuplicateRecord        = declare("duplicate_record", 400, "The resource exists already.")
	QuotaExceeded          = declare("quota_exceeded", 403, "The maximum number exists already. Remove one first.")
	BadRequest             = declare("bad_request", 400, "The request cannot be read.")
	DataMissing            = declare("form_data_missing", 422, "%v must be given: the settings of this instance require it.")
	Unknown                = declare("form_param_unknown", 422, "%v is not a parameter of this request, or is off for this instance.")
	Deprecated             = declare("form_param_deprecated", 422, "%v cannot be given here in this API version.")
	Missing                = declare("form_param_missing", 422, "%v must be given.")
	Nil                    = declare("form_param_nil", 422, "%v must not be empty.")
	TypeInvalid            = declare("form_param_type_invalid", 422, "%v is of the wrong type.")
	FormatInvalid          = declare("form_param_format_invalid", 422, "%v has the wrong format.")
	ValueInvalid           = declare("form_param_value_invalid", 422, "%v has a value that is not allowed.")
	Duplicate              = declare("form_param_duplicate", 422, "%v has a duplicate value.")
	ArraySizeExceeded      = declare("form_param_array_size_exceeded", 422, "%v has too many values.")
	ArrayLengthMismatch    = declare("form_param_array_length_mismatch", 422, "%v must have as many values as the list that it belongs to.")
	ValueTooLarge          = declare("form_param_value_too_large", 422, "%v is too large.")
	SizeExceeded           = declare("form_param_exceeds_allowed_size", 422, "%v is too long.")
	ConditionalMissing     = declare("form_conditional_param_missing", 422, "%v must be given too, because of another parameter.")
	ConditionalDisallowed  = declare("form_conditional_param_disallowed", 422, "%v cannot be given, because of another parameter or its absence.")
	TimeInvalid            = declare("form_param_invalid_time", 422, "%v must be a time of RFC 3339, such as 2026-01-31T12:00:00Z.")
	DateInvalid            = declare("form_param_invalid_date", 422, "%v must be a time in milliseconds since 1970.")
	FutureDate             = declare("form_disallow_future_date", 422, "%v must not lie in the future.")
	IdentifierExists       = declare("form_identifier_exists", 422, "That %v is taken. Try another.")
	AlreadyExists          = declare("form_already_exists", 422, "A resource with this %v exists already.")
	ReferenceNotFound      = declare("form_resource_not_found", 422, "%v names a resource that does not exist here.")
	VerificationNeeded     = declare("form_verification_needed", 422, "%v names a resource that is not verified.")
	PasswordTooShort       = declare("form_password_length_too_short", 422, "%v must have at least 8 characters.")
	PasswordTooLong        = declare("form_password_length_too_long", 422, "%v must have at most 72 characters.")
	PasswordTooManyBytes   = declare("form_password_size_in_bytes_exceeded", 422, "%v must have at most 72 bytes.")
	PasswordPwned          = declare("form_password_pwned", 422, "%v is in a list of leaked passwords. Choose another.")
	PasswordMatchesName    = declare("form_password_matches_identifier", 422, "%v is one of the user's identifiers. Choose another.")
	PasswordRefused        = declare("form_password_validation_failed", 422, "%v does not meet the rules of this instance.")
	DigestInvalid          = declare("form_password_digest_invalid_code", 422, "%v does not have the format of its hasher.")
	UsernameLength         = declare("form_username_invalid_length", 422, "%v must have 4 to 64 characters.")
	UsernameCharacter      = declare("form_username_invalid_character", 422, "%v must contain only letters, digits, _ and -.")
	UsernameDigits         = declare("form_username_needs_non_number_char", 422, "%v must have a character that is not a digit.")
	UsernamePhone          = declare("form_username_cannot_be_phone_number", 422, "%v must not be a phone number.")
	TOTPSecretInvalid      = declare("invalid_totp_secret_code", 422, "%v is not a secret in base32.")
	LegalNotAccepted       = declare("legal_not_accepted", 422, "%v must be given: this instance requires consent.")
	NoPassword             = declare("no_password_set", 400, "This user has no password.")
	IncorrectPassword      = declare("incorrect_password", 422, "%v is wrong.")
	TOTPDisabled           = declare("totp_disabled", 400, "This user has no authenticator app.")
	TOTPIncorrect          = declare("totp_incorrect_code", 422, "%v is wrong, or was already used.")
	FactorUnverified       = declare("identification_update_second_factor_unverified", 400, "Only a verified phone number can be a second factor.")
	FactorUnverifiedNew    = declare("identification_create_second_factor_unverified", 400, "Only a verified phone number can be a second factor.")
	FactorLast             = declare("identification_update_failed", 400, "The last identifier of a user cannot become a second factor.")
	AccountNotFound        = declare("external_account_not_found", 404, "The user has no such account at a provider.")
	PasskeyNotFound        = declare("passkey_not_registered", 404, "The user has no such passkey.")
	ImageMissing           = declare("form_param_missing.image", 400, "%v must be given: the part of the form with the image.")
	ImageTooLarge          = declare("image_too_large", 413, "The image is larger than 10 MB.")
	ImageNotFound          = declare("image_not_found", 404, "There is no image.")
	LastIdentification     = declare("identification_deletion_failed", 400, "This is the last identifier of the user.")
	BodyNoList             = declare("request_body_invalid.list", 400, "The body is not a JSON array of objects.")
	BodyNoForm             = declare("request_body_invalid.form", 400, "The body is not a complete form of the type multipart/form-data.")
	BodyNoImage            = declare("request_body_invalid.image", 400, "The type of the image is not supported: send a PNG, JPEG, GIF or WebP.")
)

// Refusal returns an error about parameters, which its text and meta name.
func Refusal(kind *fault.Kind, params ...string) *fault.Error {
	if len(params) == 1 {
		return kind.New(params[0])
	}
	return kind.New(params)
}

// codeOf returns Clerk's code of a fault of this package, "" for any other. A suffix
// after a dot in the id distinguishes faults that share a code but have different
// statuses.
func codeOf(failure *fault.Error) string {
	code, own := strings.CutPrefix(failure.ID(), idPrefix)
	if !own {
		return ""
	}
	code, _, _ = strings.Cut(code, ".")
	return code
}
