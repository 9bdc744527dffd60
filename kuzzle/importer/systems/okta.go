package systems

import "encoding/json"

// readOkta reads a user of Okta's API: its profile has the columns of Okta's tables.
func readOkta(raw []byte) (*User, error) {
	u, m, err := open(raw)
	if err != nil {
		return nil, err
	}
	password, _ := m.object("credentials")["password"].(map[string]any)
	if hash, is := password["hash"].(map[string]any); is {
		document, _ := json.Marshal(hash) // it was JSON
		u.digest("okta", string(document))
	}
	for name, value := range m.object("profile") {
		m[name] = value
	}
	m.drop("_links _embedded type realmId")
	return u, nil
}
