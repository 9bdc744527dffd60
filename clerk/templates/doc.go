// Package templates declares the actions of Clerk's Backend API about templates of
// tokens. Package sessions makes tokens from them.
package templates
