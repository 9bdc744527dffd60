package metrics

import (
	"math"
	"strconv"
	"strings"
)

// namespace begins every name of our metrics.
const namespace = "kuzzle_"

// contentType is the content type of the exposition.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// kind is the type of a metric in Prometheus.
type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
	summary   kind = "summary"
)

// exposition is text in Prometheus' format. Metrics are added one after the other:
// first the description of a metric, then all of its samples.
type exposition struct{ text []byte }

// metric begins a metric. Names and help texts are the program's own, without line
// ends and backslashes.
func (e *exposition) metric(of kind, name, help string) {
	e.text = append(e.text, "# HELP "+name+" "+help+"\n# TYPE "+name+" "+string(of)+"\n"...)
}

// sample adds a sample; labels alternate between names and values. The name is the
// metric's, or begins with it.
func (e *exposition) sample(name string, value float64, labels ...string) {
	e.text = append(e.text, name...)
	for i := 0; i < len(labels); i += 2 {
		e.text = append(e.text, "{,"[min(i, 1)])
		e.text = append(e.text, labels[i]+`="`+escape.Replace(labels[i+1])+`"`...)
	}
	if len(labels) > 0 {
		e.text = append(e.text, '}')
	}
	e.text = append(e.text, ' ')
	if math.IsInf(value, 1) {
		e.text = append(e.text, "+Inf\n"...)
		return
	}
	e.text = append(strconv.AppendFloat(e.text, value, 'g', -1, 64), '\n')
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// one adds a metric with a single sample.
func (e *exposition) one(of kind, name string, value float64, help string) {
	e.metric(of, name, help)
	e.sample(name, value)
}
