package signing

import "crypto/rsa"

// MakeKeysWith has a Signer make its keys in another way.
func (s *Signer) MakeKeysWith(generate func() (*rsa.PrivateKey, error)) { s.generate = generate }
