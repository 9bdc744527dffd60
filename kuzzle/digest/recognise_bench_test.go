package digest

import "testing"

// BenchmarkGuess is what recognising and reading a row's digest costs whose format nobody
// named.
func BenchmarkGuess(b *testing.B) {
	for name, text := range map[string]string{
		"bcrypt": "$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG",
		"django": "pbkdf2_sha256$20000$H0dPx8NeajVu1$GiC4k5kqbbR9qWBlsRgDywNqC2vd9kqfk7zdorEnNas=",
		"spring": "{bcrypt}$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG",
		"hex":    "5f4dcc3b5aa765d61d8327deb882cf995f4dcc3b5aa765d61d8327deb882cf99",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Guess(text, Ceilings{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("none", func(b *testing.B) {
		for b.Loop() {
			if Likely("correct horse battery staple") {
				b.Fatal("a password is no digest")
			}
		}
	})
}
