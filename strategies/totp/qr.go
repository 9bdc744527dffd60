package totp

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the width, in modules, of the light margin that readers need.
const quiet = 4

// QR is a QR code in two forms.
type QR struct {
	// SVG is a picture for a web page.
	SVG string `json:"svg"`
	// Text is for a dark terminal: light modules, two to a character.
	Text string `json:"text"`
}

func newQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return QR{}, err
	}
	return QR{SVG: svg(code), Text: terminal(code)}, nil
}

// svg draws each run of dark modules of a row as one rectangle.
func svg(code *qr.Code) string {
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			start := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > start {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", start+quiet, y+quiet, x-start, x-start)
			}
		}
	}
	side := code.Size + 2*quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`, side, side, side, side, path.String())
}

// terminal draws the light modules, since most terminals are dark; readers also accept a light code
// on a dark ground.
func terminal(code *qr.Code) string {
	light := func(x, y int) bool {
		inside := x >= 0 && y >= 0 && x < code.Size && y < code.Size
		return y < code.Size+quiet && !(inside && code.Black(x, y))
	}
	var out strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		for x := -quiet; x < code.Size+quiet; x++ {
			switch upper, lower := light(x, y), light(x, y+1); {
			case upper && lower:
				out.WriteString("█")
			case upper:
				out.WriteString("▀")
			case lower:
				out.WriteString("▄")
			default:
				out.WriteByte(' ')
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}
