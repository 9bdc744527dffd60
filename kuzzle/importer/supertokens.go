package importer

import "encoding/json"

// decodeSuperTokens reads users in the format of SuperTokens' bulk import, where each way to
// log in is a login method of its own.
func decodeSuperTokens(raw []byte, _ string, r *Row) error {
	var u struct {
		ID       string                  `json:"externalUserId"`
		Metadata map[string]any          `json:"userMetadata"`
		Roles    []struct{ Role string } `json:"userRoles"`
		Devices  []struct {
			Secret string `json:"secretKey"`
			Period text
		} `json:"totpDevices"`
		Methods []struct {
			Recipe   string `json:"recipeId"`
			Verified bool   `json:"isVerified"`
			Joined   text   `json:"timeJoinedInMSSinceEpoch"`
			Email    string
			Phone    string `json:"phoneNumber"`
			Digest   string `json:"passwordHash"`
			Hasher   string `json:"hashingAlgorithm"`
			Password string `json:"plainTextPassword"`
			Provider string `json:"thirdPartyId"`
			UserID   text   `json:"thirdPartyUserId"`
		} `json:"loginMethods"`
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	r.ExternalID = u.ID
	for _, m := range u.Methods {
		r.email(m.Email, m.Verified)
		r.phone(m.Phone, m.Verified)
		r.identity(m.Provider, string(m.UserID))
		if m.Digest+m.Password != "" {
			r.Digest, r.Password = m.Digest, m.Password
			r.Hasher = hasherOf(m.Digest, m.Hasher)
		}
		if r.CreatedAt.IsZero() {
			r.created(m.Joined)
		}
	}
	for _, role := range u.Roles {
		r.Roles = append(r.Roles, role.Role)
	}
	r.metadata(nil, u.Metadata, nil) // it is for the application's servers only
	for _, d := range u.Devices {
		if d.Period != "" && d.Period != "30" {
			d.Secret = ""
		}
		r.secret(d.Secret)
	}
	return nil
}
