// Package losstest tests two promises of the whole server, from outside, with
// the real binary. Everything that it acknowledged survives a kill at any
// moment, and no change is half done. Under any load it stays within its memory
// bounds and keeps answering.
//
// It has tests only. They start the server as a process, kill it with SIGKILL
// under load, fill its disk and flood it from a second process. .ci/long runs
// the same tests in full size.
package losstest
