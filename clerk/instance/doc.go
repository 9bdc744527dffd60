// Package instance declares the actions of Clerk's Backend API about the instance
// itself: its settings, its restrictions, and the allow and block lists of sign-ups.
package instance
