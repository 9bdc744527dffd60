// Command kratos writes identities by Ory's own client; ../programs.py runs it. It needs a
// go.mod that requires github.com/ory/client-go v1.22.28.
package main

import (
	"encoding/json"
	"os"
	"time"

	ory "github.com/ory/client-go"
)

func main() {
	var rows []struct{ ID, Email, Name, Digest string }
	if err := json.NewDecoder(os.Stdin).Decode(&rows); err != nil {
		panic(err)
	}
	at := time.Date(2023, 1, 2, 3, 4, 5, 0, time.UTC)
	var list []ory.Identity
	for _, row := range rows {
		i := ory.NewIdentity(row.ID, "default", "http://127.0.0.1:4433/schemas/ZGVmYXVsdA", map[string]any{"email": row.Email, "name": map[string]any{"first": "Zoë", "last": row.Name}})
		password := ory.NewIdentityCredentials()
		password.SetType("password")
		password.SetIdentifiers([]string{row.Email})
		password.SetConfig(map[string]any{"hashed_password": row.Digest})
		password.SetVersion(0)
		password.SetCreatedAt(at)
		i.SetCredentials(map[string]ory.IdentityCredentials{"password": *password})
		i.SetState("active")
		i.SetStateChangedAt(at)
		i.SetCreatedAt(at)
		i.SetUpdatedAt(at)
		address := ory.NewVerifiableIdentityAddress("completed", row.Email, true, "email")
		i.SetVerifiableAddresses([]ory.VerifiableIdentityAddress{*address})
		i.SetMetadataPublic(map[string]any{"tier": 1})
		list = append(list, *i)
	}
	half := len(list) / 2
	out := json.NewEncoder(os.Stdout)
	for _, page := range [][]ory.Identity{list[:half], list[half:]} {
		var err error
		if os.Args[1] == "cli" { // as ory list identities prints a page
			err = out.Encode(map[string]any{"identities": page, "next_page_token": "x"})
		} else {
			err = out.Encode(page)
		}
		if err != nil {
			panic(err)
		}
	}
}
