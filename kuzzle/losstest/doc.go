// Package losstest holds the whole server to two promises, from outside, with
// the binary that people run: whatever it acknowledged survives a kill at any
// moment and nothing is half done, and whatever is thrown at it, it stays within
// its bounds of memory and goes on answering.
//
// It has tests only. They start the server as a process, kill it with SIGKILL
// under load, fill its disk and flood it from a second process. What they do in
// seconds .ci/long does in full size.
package losstest
