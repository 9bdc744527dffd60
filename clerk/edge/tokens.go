package edge

// Clerk's errors about sessions' tokens and their templates.
var (
	OperationDeprecated    = declare("operation_deprecated", 410, "This API version does not have that any more. Verify tokens by the keys of GET /v1/jwks.")
	SessionTokenInvalid    = declare("invalid_session_token", 400, "The token is none of this session, or has ended.")
	ReservedClaim          = declare("jwt_template_reserved_claim", 400, "%v has a claim that is set by the server. Leave it out.")
	RefreshOriginInvalid   = declare("refresh_request_origin_invalid", 401, "request_origin is no origin, such as https://app.example.com.")
	RefreshTokenInvalid    = declare("expired_session_token_invalid", 401, "expired_token was not signed here, or so long ago that its key is published no more.")
	RefreshNoSession       = declare("expired_session_token_missing_sid", 401, "expired_token belongs to no session.")
	RefreshOtherSession    = declare("refresh_sid_mismatch", 401, "expired_token belongs to another session than the one of the path.")
	RefreshNoOrigin        = declare("expired_session_token_missing_azp", 401, "expired_token was made for no origin. Ask for another by POST /v1/sessions/{session_id}/tokens.")
	RefreshOtherOrigin     = declare("refresh_request_origin_azp_mismatch", 401, "expired_token was made for another origin than request_origin.")
	RefreshSessionNotFound = declare("session_refresh_session_not_found", 401, "There is no such session, or it has ended.")
	RefreshUnknown         = declare("refresh_token_not_found", 401, "This refresh token is not known here.")
)
