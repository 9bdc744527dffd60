package digest

import (
	"testing"
	"time"
)

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

// BenchmarkRecognise is what an import spends on recognising a row's digest, over the digests of
// all formats, each format having the same weight. The figures are of the processor's time.
func BenchmarkRecognise(b *testing.B) {
	of := map[string][]string{}
	for _, v := range vectors(b) {
		if !v.Malformed {
			of[v.Hasher] = append(of[v.Hasher], v.Digest)
		}
	}
	b.ReportMetric(0, "ns/op")
	var worst, all time.Duration
	for name, texts := range of {
		each := time.Hour
		for range 20 { // the least counts, since others use the processor and its memory too
			const rounds = 2000
			began := processorTime()
			for n := range rounds {
				text := Tidy(texts[n%len(texts)])
				Recognise(text)
			}
			each = min(each, (processorTime()-began)/rounds)
		}
		all += each
		if worst = max(worst, each); each > 2*time.Microsecond {
			b.Logf("%s: %v", name, each)
		}
	}
	b.ReportMetric(float64(len(of)), "formats")
	b.ReportMetric(float64(all.Nanoseconds())/float64(len(of)), "cpu-ns/row")
	b.ReportMetric(float64(worst.Nanoseconds()), "cpu-ns/worst-format")
}
