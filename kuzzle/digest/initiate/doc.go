// Package initiate asks Amazon Cognito's InitiateAuth whether a password is right.
package initiate
