package backend

import (
	clerkrules "github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/admission"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
)

// obey applies the settings that may be set in the store: at the start, and
// after each change. A setting is live only if it is applied here.
func (app *App) obey(cfg config.Config) {
	token, keys := cfg.Security.AuthToken, cfg.Security.APIKey
	app.accounts.Sessions.Limit(sessions.Limits{
		TokenLifetime: token.ExpiresIn.Std(), MaxTokenTTL: token.MaxTTL.Std(), RefreshGrace: token.GracePeriod.Std(),
		MaxKeyTTL: keys.MaxTTL.Std(), KeyLoginAge: keys.LoginAge.Std(), MaxSessions: cfg.Sessions.PerUser, MaxLifetime: cfg.Sessions.MaxLifetime.Std(),
	})
	app.logins.LimitSignUps(cfg.Logins.FreeSignUps)
	signUps := cfg.SignUps
	app.accounts.Admission.Obey(admission.Rules{
		AllowList: signUps.AllowList, BlockList: signUps.BlockList, NoSubaddresses: signUps.BlockSubaddresses, NoDisposable: signUps.BlockDisposable,
	})
	of := cfg.Clerk
	app.accounts.Organizations.Open(of.CreateOrganizations)
	app.clerkRules.Set(clerkRules(&of, publishable.Development(cfg.FrontendAPI())))
}

// clerkRules returns the rules of the settings for users of Clerk's API; development says which kind of
// instance it is.
func clerkRules(of *config.Clerk, development bool) clerkrules.Rules {
	a, groups := &of.Attributes, &of.Organizations
	return clerkrules.Rules{
		Email: clerkrules.Need(a.EmailAddress), Phone: clerkrules.Need(a.PhoneNumber), Username: clerkrules.Need(a.Username), Wallet: clerkrules.Need(a.Web3Wallet),
		FirstName: clerkrules.Need(a.FirstName), LastName: clerkrules.Need(a.LastName),
		Password: clerkrules.Need(a.Password), TOTP: clerkrules.Need(a.TOTP), BackupCodes: clerkrules.Need(a.BackupCodes),
		FirstFactors: of.FirstFactors, RefuseLeaked: of.HIBP, Consent: clerkrules.Need(of.LegalConsent) == clerkrules.Required,
		DeleteSelf: of.DeleteSelf, CreateOrganizations: of.CreateOrganizations, HideNameless: of.HideUsersWithoutIdentifier,
		NoOrganizations: !groups.Enabled, NoSlugs: !groups.Slugs, MaxMemberships: groups.MaxMemberships, AdminDelete: groups.AdminDelete,
		Origins: of.Origins, Application: of.ApplicationName, SignInURL: of.SignInURL, SignUpURL: of.SignUpURL, SignUp: clerkrules.Mode(of.SignUp), MultiSession: of.MultiSession, EmailLinks: of.EmailLinks,
		HideIdentifiers: of.HideIdentifiers == "on" || of.HideIdentifiers == "auto" && !development, SessionLifetime: of.SessionLifetime.Std(),
	}
}

// needsOf returns the requirements of rules for users that other APIs create.
func needsOf(r *clerkrules.Rules) credentials.Needs {
	return credentials.Needs{
		Email: credentials.Need(r.Email), Phone: credentials.Need(r.Phone), Wallet: credentials.Need(r.Wallet), Username: credentials.Need(r.Username),
		FirstName: credentials.Need(r.FirstName), LastName: credentials.Need(r.LastName), Password: credentials.Need(r.Password),
	}
}
