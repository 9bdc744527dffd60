// Package foresight tells whom a change of a role or a profile would concern before it
// is made: who would gain and who would lose which actions. In comes what would be
// written, judged by package rights, out goes a [Difference]. It is bounded in time and
// memory, and says where it stopped counting.
package foresight
