package edge

// Clerk's errors about sessions' tokens and their templates.
var (
	OperationDeprecated    = declare("operation_deprecated", 410, "This API version no longer has this request. Verify tokens by the keys of GET /v1/jwks.")
	SessionTokenInvalid    = declare("invalid_session_token", 400, "The token does not belong to this session, or has expired.")
	ReservedClaim          = declare("jwt_template_reserved_claim", 400, "%v has a claim that the server sets. Leave it out.")
	RefreshOriginInvalid   = declare("refresh_request_origin_invalid", 401, "request_origin is not an origin, such as https://app.example.com.")
	RefreshTokenInvalid    = declare("expired_session_token_invalid", 401, "expired_token was not signed by this server, or its key is no longer published.")
	RefreshNoSession       = declare("expired_session_token_missing_sid", 401, "expired_token belongs to no session.")
	RefreshOtherSession    = declare("refresh_sid_mismatch", 401, "expired_token belongs to another session than the path.")
	RefreshNoOrigin        = declare("expired_session_token_missing_azp", 401, "expired_token has no origin. Request another by POST /v1/sessions/{session_id}/tokens.")
	RefreshOtherOrigin     = declare("refresh_request_origin_azp_mismatch", 401, "expired_token has another origin than request_origin.")
	RefreshSessionNotFound = declare("session_refresh_session_not_found", 401, "The session does not exist, or has ended.")
	RefreshUnknown         = declare("refresh_token_not_found", 401, "This refresh token is unknown.")
)
