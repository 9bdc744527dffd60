package config

// stripComments blanks // and /* */ comments outside of strings. Every other
// byte keeps its position, so that errors can name a line.
func stripComments(src []byte) []byte {
	out := make([]byte, len(src))
	copy(out, src)
	for i := 0; i < len(out); i++ {
		switch {
		case out[i] == '"':
			i = endOfString(out, i)
		case out[i] == '/' && i+1 < len(out) && out[i+1] == '/':
			for ; i < len(out) && out[i] != '\n'; i++ {
				out[i] = ' '
			}
		case out[i] == '/' && i+1 < len(out) && out[i+1] == '*':
			i = blankBlock(out, i)
		}
	}
	return out
}

// endOfString returns the position of the quote that ends the string begun at
// start.
func endOfString(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}

// blankBlock blanks a block comment and returns the position of its last byte.
// It leaves a comment without an end as it is; the JSON parser refuses it
// there.
func blankBlock(text []byte, start int) int {
	for i := start + 2; i+1 < len(text); i++ {
		if text[i] != '*' || text[i+1] != '/' {
			continue
		}
		for j := start; j <= i+1; j++ {
			if text[j] != '\n' {
				text[j] = ' '
			}
		}
		return i + 1
	}
	return start
}
