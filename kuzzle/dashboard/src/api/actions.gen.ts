// Made of GET /_openapi by go test ./kuzzle/systemtest -run TestDashboardTypes -update-types.

/** What a body may have besides what is described. */
type Any = { [key: string]: unknown };

/** Every action of the API with what it takes. */
export interface Actions {
  /** Writes the roles, profiles and users of one document. */
  'admin:loadSecurities': { force?: boolean; onExistingUsers?: string; refresh?: 'wait_for' | 'false'; body: { profiles?: Any; roles?: Any; users?: Any; } & Any };
  /** Ends everybody's sessions (internalCache). */
  'admin:resetCache': { database: string; body?: Any };
  /** Answers 404: the route is known, the action never was. */
  'admin:resetKuzzleData': { body?: Any };
  /** Deletes all users, profiles and roles and writes the standard ones. */
  'admin:resetSecurity': { body?: Any };
  /** Reports whether the caller may run an action. */
  'auth:checkRights': { body: { action: string; controller: string; } & Any };
  /** Tells whether a token is valid, and whose it is. */
  'auth:checkToken': { cookieAuth?: boolean; body?: { token?: string; } & Any };
  /** Makes an API key for the caller; its token is shown this once. */
  'auth:createApiKey': { _id?: string; expiresIn?: string; refresh?: 'wait_for' | 'false'; body: { description: string; } & Any };
  /** Adds an unverified e-mail address or phone number to the caller. */
  'auth:createMyContact': { refresh?: 'wait_for' | 'false'; body: { kind: string; primary?: unknown; reserved?: unknown; value: string; verified?: unknown; } & Any };
  /** Gives the caller credentials of a strategy. */
  'auth:createMyCredentials': { refresh?: 'wait_for' | 'false'; strategy: string; body: Any };
  /** Makes a further token for the caller, for a single use if asked. */
  'auth:createToken': { expiresIn?: string; singleUse?: boolean; body?: Any };
  /** Reports whether the caller has credentials of a strategy. */
  'auth:credentialsExist': { strategy: string; body?: Any };
  /** Deletes an API key of the caller. */
  'auth:deleteApiKey': { _id: string; refresh?: 'wait_for' | 'false'; body?: Any };
  /** Deletes a contact of the caller. */
  'auth:deleteMyContact': { contactId: string; refresh?: 'wait_for' | 'false'; body?: Any };
  /** Deletes the caller's credentials of a strategy. */
  'auth:deleteMyCredentials': { refresh?: 'wait_for' | 'false'; strategy: string; body?: Any };
  /** Deletes the caller's own picture. */
  'auth:deleteMyPicture': { body?: Any };
  /** Ends a session of the caller, and the sessions that it created. */
  'auth:deleteSession': { _id: string; body?: Any };
  /** Reads the caller's own user. */
  'auth:getCurrentUser': { body?: Any };
  /** Lists the caller's e-mail addresses and phone numbers, the oldest first. */
  'auth:getMyContacts': { body?: Any };
  /** Reads the caller's credentials of a strategy, without their secrets. */
  'auth:getMyCredentials': { strategy: string; body?: Any };
  /** Reads the caller's own public and unsafe metadata. */
  'auth:getMyMetadata': { body?: Any };
  /** Reads the caller's own picture. */
  'auth:getMyPicture': { body?: Any };
  /** Lists the rights of the caller: those of its profiles, or all rights on an open server. */
  'auth:getMyRights': { body?: Any };
  /** Lists the caller's sessions. */
  'auth:getSessions': { body?: Any };
  /** Lists the strategies to log in with. */
  'auth:getStrategies': { body?: Any };
  /** Logs in with a strategy's credentials and answers a token. */
  'auth:login': { cookieAuth?: boolean; expiresIn?: string; strategy: string; body?: Any };
  /** Ends the session, or all of the caller's. */
  'auth:logout': { cookieAuth?: boolean; global?: boolean; body?: Any };
  /** Has the caller prove a factor again, for what asks for a fresh one. */
  'auth:proveFactor': { strategy: string; body?: Any };
  /** Exchanges the caller's token for a fresh one. */
  'auth:refreshToken': { cookieAuth?: boolean; expiresIn?: string; strategy?: string; body?: Any };
  /** Searches the caller's API keys. */
  'auth:searchApiKeys': { from?: number; lang?: 'elasticsearch' | 'koncorde'; scroll?: string; size?: number; body?: Any };
  /** Gives the caller the picture that is the body: PNG, JPEG, GIF or WebP, at most 10 MB. */
  'auth:setMyPicture': { body: Any };
  /** Changes the caller's credentials of a strategy. */
  'auth:updateMyCredentials': { refresh?: 'wait_for' | 'false'; strategy: string; body: Any };
  /** Merges unsafe metadata into the caller's; null removes a key, or all keys. */
  'auth:updateMyMetadata': { body: Any };
  /** Merges content into the caller's own user. */
  'auth:updateSelf': { refresh?: 'wait_for' | 'false'; retryOnConflict?: number; body: Any };
  /** Judges credentials of the caller without writing them. */
  'auth:validateMyCredentials': { refresh?: 'wait_for' | 'false'; strategy: string; body: Any };
  /** Sends a code to a contact of the caller, or verifies the contact by the code. */
  'auth:verifyMyContact': { contactId: string; refresh?: 'wait_for' | 'false'; body?: { code?: string | null; } & Any };
  /** Draws backup codes for the caller; credentials are created or updated with one of them. */
  'backup-code:draw': { body?: Any };
  /** Lists the collections of an index: none. */
  'collection:list': { index: string; type?: string; body?: Any };
  /** Lists the possible formats of a digest, with parameters and strength. */
  'digest:identify': { body: { digest: string; } & Any };
  /** Ends an import; imported users stay. */
  'import:cancel': { _id: string; body?: Any };
  /** Opens an import job, to which the file is then sent. */
  'import:create': { body?: Any };
  /** Deletes the record of an import that has ended. */
  'import:delete': { _id: string; body?: Any };
  /** Reads the progress of an import, immediately or after its next change. */
  'import:get': { _id: string; after?: number; body?: Any };
  /** Lists the imports of this server. */
  'import:list': { body?: Any };
  /** Guesses the format of a file from its beginning, and shows its first rows. It imports and stores nothing. */
  'import:recognise': { body?: { data?: string; options?: Any; text?: string; } & Any };
  /** Lists the rows that were not imported, with the reasons. */
  'import:report': { _id: string; from?: number; body?: Any };
  /** Sends a part of the file; the last one starts the import. */
  'import:upload': { _id: string; body?: { data?: string; end?: boolean; offset?: number; text?: string; } & Any };
  /** Lists the indexes: none. */
  'index:list': { body?: Any };
  /** Makes a token by which a user may set a new password, once. */
  'kuzzle-plugin-auth-passport-local/password:getResetPasswordToken': { _id: string; body?: Any };
  /** Has a token sent to the user of a name, if there is one, by which the user may set a new password, once. */
  'kuzzle-plugin-auth-passport-local/password:requestReset': { body?: Any };
  /** Sets a new password with a reset token, and logs in. */
  'kuzzle-plugin-auth-passport-local/password:reset': { body?: Any };
  /** Ends all sessions of a user and refuses logins and API keys until the ban is lifted. */
  'security:banUser': { _id: string; body?: Any };
  /** Reports whether a user may run an action. */
  'security:checkRights': { userId: string; body: { action: string; controller: string; } & Any };
  /** Makes an API key for a user; its token is shown this once. */
  'security:createApiKey': { _id?: string; expiresIn?: string; refresh?: 'wait_for' | 'false'; userId: string; body: { description: string; } & Any };
  /** Adds an e-mail address or phone number to a user, verified or reserved if asked. */
  'security:createContact': { _id: string; refresh?: 'wait_for' | 'false'; body: { kind: string; primary?: boolean; reserved?: boolean; value: string; verified?: boolean; } & Any };
  /** Gives a user credentials of a strategy. */
  'security:createCredentials': { _id: string; refresh?: 'wait_for' | 'false'; strategy: string; body: Any };
  /** Creates the first administrator, once. */
  'security:createFirstAdmin': { _id?: string; kuid?: string; refresh?: 'wait_for' | 'false'; reset?: boolean; body?: { content?: Any; credentials?: Any; } & Any };
  /** Creates a profile, or replaces the one with the same id. */
  'security:createOrReplaceProfile': { _id: string; refresh?: 'wait_for' | 'false'; strict?: boolean; body: { policies: unknown[]; } & Any };
  /** Creates a role, or replaces the one with the same id. */
  'security:createOrReplaceRole': { _id: string; force?: boolean; refresh?: 'wait_for' | 'false'; retryOnConflict?: number; body: Any };
  /** Creates a profile. */
  'security:createProfile': { _id: string; refresh?: 'wait_for' | 'false'; strict?: boolean; body: { policies: unknown[]; } & Any };
  /** Creates a user with the profiles of the configuration. */
  'security:createRestrictedUser': { _id?: string; kuid?: string; refresh?: 'wait_for' | 'false'; body?: { content?: Any; credentials?: Any; } & Any };
  /** Creates a role. */
  'security:createRole': { _id: string; force?: boolean; refresh?: 'wait_for' | 'false'; retryOnConflict?: number; body: Any };
  /** Creates a user with its profiles and credentials, all or nothing. */
  'security:createUser': { _id?: string; kuid?: string; refresh?: 'wait_for' | 'false'; body: { account?: { emailAddresses?: string[]; externalId?: string | null; firstName?: string | null; lastName?: string | null; phoneNumbers?: string[]; username?: string | null; web3Wallets?: string[]; } & Any; content: { profileIds: unknown[]; } & Any; credentials?: Any; } & Any };
  /** Deletes an API key of a user. */
  'security:deleteApiKey': { _id: string; refresh?: 'wait_for' | 'false'; userId: string; body?: Any };
  /** Deletes a contact of a user. */
  'security:deleteContact': { _id: string; contactId: string; refresh?: 'wait_for' | 'false'; body?: Any };
  /** Deletes a user's credentials of a strategy. */
  'security:deleteCredentials': { _id: string; refresh?: 'wait_for' | 'false'; strategy: string; body?: Any };
  /** Deletes a user's picture. */
  'security:deletePicture': { _id: string; body?: Any };
  /** Deletes a profile that no user holds, or removes it from all users first. */
  'security:deleteProfile': { _id: string; onAssignedUsers?: string; refresh?: 'wait_for' | 'false'; body?: Any };
  /** Deletes a role that no profile uses. */
  'security:deleteRole': { _id: string; refresh?: 'wait_for' | 'false'; body?: Any };
  /** Ends a session of a user, and the sessions that it created. */
  'security:deleteSession': { _id: string; sessionId: string; body?: Any };
  /** Deletes a user, with credentials, API keys and sessions. */
  'security:deleteUser': { _id: string; refresh?: 'wait_for' | 'false'; body?: Any };
  /** Explains which profile, policy and role entry allow or deny a user an action, and whether the user could give profiles to another user. */
  'security:explain': { userId: string; body: { action: string; controller: string; giving?: Any; } & Any };
  /** Reads the user who holds a name: a user name, an e-mail address or a phone number for logins, or a reserved one. */
  'security:findUser': { name: string; body?: Any };
  /** Lists the fields of every strategy's credentials. */
  'security:getAllCredentialFields': { body?: Any };
  /** Lists a user's e-mail addresses and phone numbers, the oldest first. */
  'security:getContacts': { _id: string; body?: Any };
  /** Lists the fields of a strategy's credentials. */
  'security:getCredentialFields': { strategy: string; body?: Any };
  /** Reads a user's credentials of a strategy, without their secrets. */
  'security:getCredentials': { _id: string; strategy: string; body?: Any };
  /** Reads the credentials with an identifier, such as a username. */
  'security:getCredentialsById': { _id: string; strategy: string; body?: Any };
  /** Reads a user's picture. */
  'security:getPicture': { _id: string; body?: Any };
  /** Reads a profile. */
  'security:getProfile': { _id: string; body?: Any };
  /** Shows how profiles are indexed. */
  'security:getProfileMapping': { body?: Any };
  /** Lists what a profile allows and denies. */
  'security:getProfileRights': { _id: string; body?: Any };
  /** Reads a role. */
  'security:getRole': { _id: string; body?: Any };
  /** Shows how roles are indexed. */
  'security:getRoleMapping': { body?: Any };
  /** Lists a user's sessions, the oldest first. */
  'security:getSessions': { _id: string; body?: Any };
  /** Reads a user. */
  'security:getUser': { _id: string; account?: boolean; body?: Any };
  /** Lists the latest events of a user, the newest first. Events of the last moment may be missing. */
  'security:getUserHistory': { _id: string; body?: Any };
  /** Shows how users are indexed. */
  'security:getUserMapping': { body?: Any };
  /** Reads a user's metadata of all three kinds: public, private and unsafe. */
  'security:getUserMetadata': { _id: string; body?: Any };
  /** Lists the organizations that a user is a member of, by date of joining. Changes of the last moment may be missing. */
  'security:getUserOrganizations': { _id: string; from?: number; size?: number; body?: Any };
  /** Lists the rights of a user: those of its profiles, or all rights on an open server. */
  'security:getUserRights': { _id: string; body?: Any };
  /** Lists the strategies that a user has credentials for. */
  'security:getUserStrategies': { _id: string; body?: Any };
  /** Reports whether a user has credentials of a strategy. */
  'security:hasCredentials': { _id: string; strategy: string; body?: Any };
  /** Makes a ticket by which the caller logs in once in a user's place, with the strategy ticket. The session tells who acts, and changes nothing of how the user logs in. */
  'security:impersonate': { _id: string; body?: { within?: number; } & Any };
  /** Lists security events of all users, of the last hour or since another page. Ask again with next for later events. */
  'security:listEvents': { after?: string; size?: number; body?: Any };
  /** Lists users with their names and contacts, in pages, by a part of a name, by filters, and in an order. */
  'security:listUsers': { after?: string; banned?: boolean; content?: boolean; createdAfter?: number; createdBefore?: number; descending?: boolean; digest?: string; locked?: boolean; order?: string; profile?: string; query?: string; secondFactor?: boolean; size?: number; strategy?: string; body?: Any };
  /** Refuses further logins of a user, for a time or until the lock is lifted; sessions and API keys stay valid. */
  'security:lockUser': { _id: string; expiresIn?: string; body?: { expiresIn?: unknown; } & Any };
  /** Deletes several profiles that no user holds. */
  'security:mDeleteProfiles': { refresh?: 'wait_for' | 'false'; body: { ids: string[]; } & Any };
  /** Deletes several roles. */
  'security:mDeleteRoles': { refresh?: 'wait_for' | 'false'; body: { ids: string[]; } & Any };
  /** Deletes several users. */
  'security:mDeleteUsers': { refresh?: 'wait_for' | 'false'; body: { ids: string[]; } & Any };
  /** Reads several profiles; all of them must exist. */
  'security:mGetProfiles': { body: { ids: string[]; } & Any };
  /** Reads several roles; all of them must exist. */
  'security:mGetRoles': { body: { ids: string[]; } & Any };
  /** Reads several users, leaving out those that do not exist. */
  'security:mGetUsers': { ids?: string[]; body?: { ids?: unknown[]; } & Any };
  /** Lists which users would gain or lose which actions if a profile were written. It writes nothing. */
  'security:previewProfile': { _id: string; strict?: boolean; body: Any };
  /** Lists which users would gain or lose which actions if a role were written. It writes nothing. */
  'security:previewRole': { _id: string; force?: boolean; body: Any };
  /** Makes earlier writes visible to searches. */
  'security:refresh': { collection: string; body?: Any };
  /** Replaces a user's whole content. */
  'security:replaceUser': { _id: string; ifVersion?: number; refresh?: 'wait_for' | 'false'; body: { profileIds: unknown[]; } & Any };
  /** Overwrites the standard roles and profiles with their initial contents. */
  'security:restrictDefaultRights': { body?: Any };
  /** Ends all sessions of a user; API keys stay. */
  'security:revokeTokens': { _id: string; body?: Any };
  /** Reads the next page of a search of profiles. */
  'security:scrollProfiles': { scroll?: string; scrollId: string; body?: Any };
  /** Reads the next page of a search of users. */
  'security:scrollUsers': { scroll?: string; scrollId: string; body?: Any };
  /** Searches a user's API keys. */
  'security:searchApiKeys': { from?: number; lang?: 'elasticsearch' | 'koncorde'; scroll?: string; size?: number; userId: string; body?: Any };
  /** Searches profiles. */
  'security:searchProfiles': { from?: number; lang?: 'elasticsearch' | 'koncorde'; scroll?: string; size?: number; body?: { query?: Any; roles?: string[]; } & Any };
  /** Searches roles. */
  'security:searchRoles': { from?: number; lang?: 'elasticsearch' | 'koncorde'; size?: number; body?: { controllers?: string[]; query?: Any; } & Any };
  /** Searches users. */
  'security:searchUsers': { from?: number; lang?: 'elasticsearch' | 'koncorde'; scroll?: string; size?: number; body?: { query?: Any; } & Any };
  /** Searches the credentials of a strategy. */
  'security:searchUsersByCredentials': { from?: number; lang?: 'elasticsearch' | 'koncorde'; size?: number; strategy: string; body?: { query?: Any; } & Any };
  /** Gives a user the picture that is the body: PNG, JPEG, GIF or WebP, at most 10 MB. */
  'security:setPicture': { _id: string; body: Any };
  /** Lifts a ban: the user may log in again, and API keys work again. */
  'security:unbanUser': { _id: string; body?: Any };
  /** Lets a locked user log in again. */
  'security:unlockUser': { _id: string; body?: Any };
  /** Sets whether a user's contact is verified, primary or reserved. */
  'security:updateContact': { _id: string; contactId: string; refresh?: 'wait_for' | 'false'; body?: { primary?: boolean | null; reserved?: boolean | null; verified?: boolean | null; } & Any };
  /** Changes a user's credentials of a strategy. */
  'security:updateCredentials': { _id: string; refresh?: 'wait_for' | 'false'; strategy: string; body: Any };
  /** Replaces the given top-level keys of a profile. */
  'security:updateProfile': { _id: string; refresh?: 'wait_for' | 'false'; retryOnConflict?: number; strict?: boolean; body: Any };
  /** Adds fields to the mapping of profiles. */
  'security:updateProfileMapping': { body: { _meta?: Any; dynamic?: string; properties?: Any; } & Any };
  /** Replaces an existing role. */
  'security:updateRole': { _id: string; force?: boolean; refresh?: 'wait_for' | 'false'; retryOnConflict?: number; body: Any };
  /** Adds fields to the mapping of roles. */
  'security:updateRoleMapping': { body: { _meta?: Any; dynamic?: string; properties?: Any; } & Any };
  /** Merges content into a user's; null removes a key. */
  'security:updateUser': { _id: string; ifVersion?: number; refresh?: 'wait_for' | 'false'; retryOnConflict?: number; body: { profileIds?: unknown[] | null; } & Any };
  /** Changes a user's first name, last name, user name and external id; null or an empty text removes one. */
  'security:updateUserAccount': { _id: string; ifVersion?: number; refresh?: 'wait_for' | 'false'; body: { externalId?: string | null; firstName?: string | null; lastName?: string | null; username?: string | null; } & Any };
  /** Adds fields to the mapping of users. */
  'security:updateUserMapping': { body: { _meta?: Any; dynamic?: string; properties?: Any; } & Any };
  /** Merges public, private and unsafe metadata into a user's; null removes a key, or all keys of a kind. */
  'security:updateUserMetadata': { _id: string; ifVersion?: number; body: Any };
  /** Updates a user, or creates it if the id does not exist. */
  'security:upsertUser': { _id: string; refresh?: 'wait_for' | 'false'; retryOnConflict?: number; body: { content: { profileIds: unknown[]; } & Any; credentials?: Any; default?: Any; } & Any };
  /** Judges credentials without writing them. */
  'security:validateCredentials': { _id: string; strategy: string; body: Any };
  /** Lists the profiles that allow an action, with the number of users who hold them. */
  'security:whoMay': { body: { action: string; controller: string; } & Any };
  /** Tells whether an administrator exists. */
  'server:adminExists': { body?: Any };
  /** Lists limits, plugins, routes and services. */
  'server:capabilities': { body?: Any };
  /** Lists problems of the server and their remedies, like kuzzle doctor. It repairs nothing. A result is reused for a minute. */
  'server:examine': { body?: Any };
  /** Lists all stored statistics. */
  'server:getAllStats': { body?: Any };
  /** Shows the effective configuration without its secrets. */
  'server:getConfig': { body?: Any };
  /** Counts requests, new users, logins and refusals of all servers over the last hour, day or month. */
  'server:getCounters': { over?: string; body?: Any };
  /** Reads the latest statistics. */
  'server:getLastStats': { body?: Any };
  /** Lists the statistics of a time span. */
  'server:getStats': { startTime?: number; stopTime?: number; body?: Any };
  /** Tells how the services are that the server needs. */
  'server:healthCheck': { services?: string[]; body?: Any };
  /** Describes the server and what it runs on. */
  'server:info': { body?: Any };
  /** Counts requests and connections, as JSON or for Prometheus. */
  'server:metrics': { format?: string; body?: Any };
  /** Returns the server's time in epoch milliseconds. */
  'server:now': { body?: Any };
  /** Describes the API in the OpenAPI format. */
  'server:openapi': { format?: string; scope?: string; body?: Any };
  /** Lists controllers, actions and routes. */
  'server:publicApi': { body?: Any };
  /** Makes a key, and tells its text this once. */
  'service-keys:create': { body: { endpoints?: string[]; kind: string; name?: string; organizations?: string[]; } & Any };
  /** Lists the keys, without their secrets. */
  'service-keys:list': { body?: Any };
  /** Revokes a key, on every server within a second. */
  'service-keys:revoke': { _id: string; body?: Any };
  /** Tells one setting. */
  'settings:get': { _id: string; body?: Any };
  /** Lists the settings, with values, defaults, bounds and the source of each value. */
  'settings:list': { body?: Any };
  /** Lists the fixed configuration of users, logins, mail and strategies, with masked secrets. */
  'settings:listFixed': { body?: Any };
  /** Lists the strategies in the program, with their fields and whether they are on. */
  'settings:listStrategies': { body?: Any };
  /** Changes a setting on every server; null restores its default. */
  'settings:set': { _id: string; body: Any };
  /** Sends a test mail, and reports whether the mail server accepted it, or the reason for its failure. */
  'settings:testMail': { body: { to: string; } & Any };
  /** Makes a secret for the caller's authenticator app; credentials are created with its first code. */
  'totp:enrol': { body?: Any };
  /** Creates a user with its profiles and credentials, all or nothing. */
  'user:create': { _id?: string; kuid?: string; refresh?: 'wait_for' | 'false'; body: { account?: { emailAddresses?: string[]; externalId?: string | null; firstName?: string | null; lastName?: string | null; phoneNumbers?: string[]; username?: string | null; web3Wallets?: string[]; } & Any; content: { profileIds: unknown[]; } & Any; credentials?: Any; } & Any };
  /** Creates the first administrator, once. */
  'user:createFirstAdmin': { _id?: string; kuid?: string; refresh?: 'wait_for' | 'false'; reset?: boolean; body?: { content?: Any; credentials?: Any; } & Any };
  /** Creates a user with the profiles of the configuration. */
  'user:createRestricted': { _id?: string; kuid?: string; refresh?: 'wait_for' | 'false'; body?: { content?: Any; credentials?: Any; } & Any };
  /** Deletes a user, with credentials, API keys and sessions. */
  'user:delete': { _id: string; refresh?: 'wait_for' | 'false'; body?: Any };
  /** Reads a user. */
  'user:get': { _id: string; account?: boolean; body?: Any };
  /** Deletes several users. */
  'user:mDelete': { refresh?: 'wait_for' | 'false'; body: { ids: string[]; } & Any };
  /** Reads several users, leaving out those that do not exist. */
  'user:mGet': { ids?: string[]; body?: { ids?: unknown[]; } & Any };
  /** Shows how users are indexed. */
  'user:mappings': { body?: Any };
  /** Makes earlier writes visible to searches. */
  'user:refresh': { collection: string; body?: Any };
  /** Replaces a user's whole content. */
  'user:replace': { _id: string; ifVersion?: number; refresh?: 'wait_for' | 'false'; body: { profileIds: unknown[]; } & Any };
  /** Ends all sessions of a user; API keys stay. */
  'user:revokeTokens': { _id: string; body?: Any };
  /** Lists the rights of a user: those of its profiles, or all rights on an open server. */
  'user:rights': { _id: string; body?: Any };
  /** Reads the next page of a search of users. */
  'user:scroll': { scroll?: string; scrollId: string; body?: Any };
  /** Searches users. */
  'user:search': { from?: number; lang?: 'elasticsearch' | 'koncorde'; scroll?: string; size?: number; body?: { query?: Any; } & Any };
  /** Lists the strategies that a user has credentials for. */
  'user:strategies': { _id: string; body?: Any };
  /** Merges content into a user's; null removes a key. */
  'user:update': { _id: string; ifVersion?: number; refresh?: 'wait_for' | 'false'; retryOnConflict?: number; body: { profileIds?: unknown[] | null; } & Any };
  /** Adds fields to the mapping of users. */
  'user:updateMappings': { body: { _meta?: Any; dynamic?: string; properties?: Any; } & Any };
  /** Updates a user, or creates it if the id does not exist. */
  'user:upsert': { _id: string; refresh?: 'wait_for' | 'false'; retryOnConflict?: number; body: { content: { profileIds: unknown[]; } & Any; credentials?: Any; default?: Any; } & Any };
  /** Adds an endpoint, and tells its secret this once. */
  'webhooks:create': { body: { events?: string[]; format?: string; url: string; } & Any };
  /** Deletes an endpoint. Its waiting messages are not sent. */
  'webhooks:delete': { _id: string; body?: Any };
  /** Lists the endpoints, without their secrets. */
  'webhooks:list': { body?: Any };
  /** Lists the messages that endpoints did not accept, the oldest first. */
  'webhooks:listDead': { body?: Any };
  /** Lists the last day's deliveries to an endpoint, or without _id to all endpoints, the latest first. */
  'webhooks:listDeliveries': { _id?: string; body?: Any };
  /** Sends a failed message again, or without _id all of them, up to a thousand per call. */
  'webhooks:replay': { _id?: string; body?: Any };
}

/** What they answer. Where the server says no more than that it is an object, answers.ts says what is in it. */
export interface Answered {
  'admin:loadSecurities': AdminAcknowledged;
  'admin:resetCache': AdminAcknowledged;
  'admin:resetKuzzleData': null;
  'admin:resetSecurity': ResetCount;
  'auth:checkRights': Allowed;
  'auth:checkToken': Validity | Invalidity;
  'auth:createApiKey': Document;
  'auth:createMyContact': Contact;
  'auth:createMyCredentials': Any;
  'auth:createToken': CreatedToken;
  'auth:credentialsExist': boolean;
  'auth:deleteApiKey': ID;
  'auth:deleteMyContact': ContactID;
  'auth:deleteMyCredentials': Acknowledged;
  'auth:deleteMyPicture': ID;
  'auth:deleteSession': ID;
  'auth:getCurrentUser': CurrentUser;
  'auth:getMyContacts': { hits: Contact[]; total: number; };
  'auth:getMyCredentials': Any;
  'auth:getMyMetadata': Metadata;
  'auth:getMyPicture': Picture;
  'auth:getMyRights': { hits: Right[]; total: number; };
  'auth:getSessions': OwnSessions;
  'auth:getStrategies': string[];
  'auth:login': Challenge | ShownPage | Token;
  'auth:logout': Acknowledged;
  'auth:proveFactor': Acknowledged;
  'auth:refreshToken': Token;
  'auth:searchApiKeys': Found;
  'auth:setMyPicture': Picture;
  'auth:updateMyCredentials': Any;
  'auth:updateMyMetadata': Metadata;
  'auth:updateSelf': Document;
  'auth:validateMyCredentials': boolean;
  'auth:verifyMyContact': CodeAsked | Contact;
  'backup-code:draw': AppDrawn;
  'collection:list': Collections;
  'digest:identify': DigestReport;
  'import:cancel': Status;
  'import:create': Status;
  'import:delete': ID;
  'import:get': Status;
  'import:list': { hits: Status[]; total: number; };
  'import:recognise': Glimpse;
  'import:report': Report;
  'import:upload': Status;
  'index:list': Indexes;
  'kuzzle-plugin-auth-passport-local/password:getResetPasswordToken': AppResetToken;
  'kuzzle-plugin-auth-passport-local/password:requestReset': AppResetRequested;
  'kuzzle-plugin-auth-passport-local/password:reset': AppSession | AppChallenge;
  'security:banUser': Standing;
  'security:checkRights': Allowed;
  'security:createApiKey': Document;
  'security:createContact': Contact;
  'security:createCredentials': Any;
  'security:createFirstAdmin': Document;
  'security:createOrReplaceProfile': Document;
  'security:createOrReplaceRole': Document;
  'security:createProfile': Document;
  'security:createRestrictedUser': Document;
  'security:createRole': Document;
  'security:createUser': Document;
  'security:deleteApiKey': ID;
  'security:deleteContact': ContactID;
  'security:deleteCredentials': Acknowledged;
  'security:deletePicture': ID;
  'security:deleteProfile': ID;
  'security:deleteRole': ID;
  'security:deleteSession': ID;
  'security:deleteUser': ID;
  'security:explain': Explanation;
  'security:findUser': Document;
  'security:getAllCredentialFields': Record<string, string[]>;
  'security:getContacts': { hits: Contact[]; total: number; };
  'security:getCredentialFields': string[];
  'security:getCredentials': Any;
  'security:getCredentialsById': Any;
  'security:getPicture': Picture;
  'security:getProfile': Document;
  'security:getProfileMapping': MappingOf;
  'security:getProfileRights': { hits: Right[]; total: number; };
  'security:getRole': Document;
  'security:getRoleMapping': MappingOf;
  'security:getSessions': { hits: Session[]; total: number; };
  'security:getUser': Document;
  'security:getUserHistory': { hits: Event[]; total: number; };
  'security:getUserMapping': MappingOf;
  'security:getUserMetadata': Metadata;
  'security:getUserOrganizations': OrganizationList;
  'security:getUserRights': { hits: Right[]; total: number; };
  'security:getUserStrategies': StrategiesOfUser;
  'security:hasCredentials': boolean;
  'security:impersonate': Impersonation;
  'security:listEvents': EventList;
  'security:listUsers': UserList;
  'security:lockUser': Standing;
  'security:mDeleteProfiles': string[];
  'security:mDeleteRoles': string[];
  'security:mDeleteUsers': string[];
  'security:mGetProfiles': { hits: Document[]; left?: string[]; partial?: boolean; };
  'security:mGetRoles': { hits: Document[]; left?: string[]; partial?: boolean; };
  'security:mGetUsers': { hits: Document[]; left?: string[]; partial?: boolean; };
  'security:previewProfile': Difference;
  'security:previewRole': Difference;
  'security:refresh': null;
  'security:replaceUser': Document;
  'security:restrictDefaultRights': Acknowledged;
  'security:revokeTokens': null;
  'security:scrollProfiles': Found;
  'security:scrollUsers': Found;
  'security:searchApiKeys': Found;
  'security:searchProfiles': Found;
  'security:searchRoles': Found;
  'security:searchUsers': Found;
  'security:searchUsersByCredentials': FoundCredentials;
  'security:setPicture': Picture;
  'security:unbanUser': Standing;
  'security:unlockUser': Standing;
  'security:updateContact': Contact;
  'security:updateCredentials': Any;
  'security:updateProfile': Document;
  'security:updateProfileMapping': CollectionMapping;
  'security:updateRole': Document;
  'security:updateRoleMapping': CollectionMapping;
  'security:updateUser': Document;
  'security:updateUserAccount': Account;
  'security:updateUserMapping': CollectionMapping;
  'security:updateUserMetadata': Metadata;
  'security:upsertUser': Document;
  'security:validateCredentials': boolean;
  'security:whoMay': { hits: Allowing[]; total: number; };
  'server:adminExists': Existence;
  'server:capabilities': Capabilities;
  'server:examine': Examination;
  'server:getAllStats': Frames;
  'server:getConfig': Any;
  'server:getCounters': Series;
  'server:getLastStats': Frame;
  'server:getStats': Frames;
  'server:healthCheck': Health;
  'server:info': Info;
  'server:metrics': Metrics;
  'server:now': Clock;
  'server:openapi': unknown;
  'server:publicApi': Record<string, Record<string, PublicAction>>;
  'service-keys:create': ServicekeysCreated;
  'service-keys:list': { hits: Key[]; total: number; };
  'service-keys:revoke': ID;
  'settings:get': Setting;
  'settings:list': { hits: Setting[]; total: number; };
  'settings:listFixed': { hits: Setting[]; total: number; };
  'settings:listStrategies': { hits: Strategy[]; total: number; };
  'settings:set': Setting;
  'settings:testMail': Tested;
  'totp:enrol': AppEnrolment;
  'user:create': Document;
  'user:createFirstAdmin': Document;
  'user:createRestricted': Document;
  'user:delete': ID;
  'user:get': Document;
  'user:mDelete': string[];
  'user:mGet': { hits: Document[]; left?: string[]; partial?: boolean; };
  'user:mappings': MappingOf;
  'user:refresh': null;
  'user:replace': Document;
  'user:revokeTokens': null;
  'user:rights': { hits: Right[]; total: number; };
  'user:scroll': Found;
  'user:search': Found;
  'user:strategies': StrategiesOfUser;
  'user:update': Document;
  'user:updateMappings': CollectionMapping;
  'user:upsert': Document;
  'webhooks:create': Created;
  'webhooks:delete': Deleted;
  'webhooks:list': { hits: Endpoint[]; total: number; };
  'webhooks:listDead': { hits: Dead[]; total: number; };
  'webhooks:listDeliveries': { hits: Delivery[]; total: number; };
  'webhooks:replay': Replayed;
}

export type Account = { _id: string; _version: number; externalId?: string; firstName?: string; lastName?: string; loginNames: string[]; username?: string; };

export type Acknowledged = { acknowledged: boolean; };

export type Actor = { act?: string; addr?: string; kuid?: string; service?: string; via?: string; };

export type AdminAcknowledged = { acknowledge: boolean; acknowledged: boolean; };

export type Allowed = { allowed: boolean; };

export type Allowing = { profile: string; users: number; };

export type AppChallenge = { _id: string | null; challenge: string; expiresAt: number; factors: string[]; };

export type AppDrawn = { codes: string[]; enrolment: string; expiresAt: number; };

export type AppEnrolment = { enrolment: string; expiresAt: number; qr: AppQR; secret: string; uri: string; };

export type AppQR = { svg: string; text: string; };

export type AppResetRequested = { requested: boolean; };

export type AppResetToken = { resetToken: string; };

export type AppSession = { _id: string; expiresAt: number; jwt: string; passwordChange?: string; ttl: number; };

export type ApplicationInfo = { commit: string; controllers: string[]; hooks: string[]; name: string; pipes: string[]; version: string; };

export type BackendInfo = { backend: string; version: string; };

export type Capabilities = { limits: Any; plugins: Record<string, PluginVersion>; routes: Record<string, Record<string, PublicAction>>; services: Record<string, BackendInfo>; version: string; };

export type Challenge = { _id: string | null; challenge: string; expiresAt: number; factors: string[]; };

export type Clock = { now: number; };

export type CodeAsked = { expiresAt: number; requested: boolean; };

export type CollectionMapping = { _meta?: Any; dynamic?: string; properties: Any; };

export type Collections = { collections: string[]; type: string; };

export type Contact = { createdAt: number; id: string; kind: string; primary: boolean; reserved: boolean; value: string; verification: Verification | null; verified: boolean; };

export type ContactID = { id: string; };

export type Cpu = { model: string; };

export type Created = { _id: string; createdAt: number; events?: string[]; format: string; secret: string; url: string; };

export type CreatedToken = { expiresAt: number; singleUse: boolean; token: string; ttl: number; };

export type CurrentUser = { _id: string; _source: unknown; passwordChange?: string; publicMetadata?: unknown; strategies: unknown[]; unsafeMetadata?: unknown; };

export type Dead = { _id: string; diedAt: number; endpoint: string; kuid: string; lastAnswer: string; message: string; reason: string; tries: number; type: string; };

export type Deleted = { _id: string; };

export type Delivery = { at: number; attempts: number; endpoint: string; kuid: string; message: string; problem?: string; status: number; took: number; type: string; };

export type Difference = { _id: string; complete: boolean; examined: number; exists: boolean; gaining: number; groups: Group[]; losing: number; profiles: Profile[]; };

export type DigestFinding = { hasher: string; needsName?: boolean; parameters?: Any; problem?: string; strength?: string; };

export type DigestReport = { advice: string; ambiguous: boolean; candidates: DigestFinding[]; };

export type Document = { _id: string; _source?: unknown; _version?: number; account?: unknown; created?: boolean; lastActiveAt?: number; lastSignInAt?: number; picture?: string; standing?: unknown; };

export type Endpoint = { _id: string; createdAt: number; events?: string[]; format: string; url: string; };

export type Event = { actor: Actor; at: number; data?: Any; id?: string; name: string; outcome: string; requestId?: string; subject: Subject; };

export type EventList = { hits: Event[]; lost: number; next: string; };

export type Examination = { at: number; findings: Finding[]; schema?: Schema; };

export type Example = { row: number; value: string; };

export type Existence = { exists: boolean; };

export type Explanation = { action: string; allowed: boolean; containment?: Giving; controller: string; open?: boolean; profiles: ProfileVerdict[]; standing?: UsersStanding; target: Target; targets?: PlaceVerdict[]; };

export type Finding = { about: string; level: string; problem: string; remedy?: string; };

export type Found = { aggregations?: Any; hits: Document[]; partial?: boolean; scrollId?: string; searchAfter?: unknown[]; total: number; };

export type FoundCredentials = { hits: Any[]; partial?: boolean; searchAfter?: unknown[]; total: number; };

export type Frame = { completedRequests: Record<string, number>; connections: Record<string, number>; failedRequests: Record<string, number>; ongoingRequests: Record<string, number>; timestamp: number; };

export type Frames = { hits: Frame[]; total: number; };

export type Giving = { allowed: boolean; exceeds?: string; on: boolean; };

export type Glimpse = { format: string; rows: Glimpsed[]; unused?: string[]; };

export type Glimpsed = { disabled?: boolean; emails?: string[]; factors?: boolean; hasher?: string; id?: string; other?: boolean; password: string; phones?: string[]; problem?: string; profiles?: string[]; roles?: string[]; row: number; username?: string; };

export type Group = { gains: string[]; loses: string[]; more: number; names: Name[]; profileIds: string[]; users: number; };

export type Health = { services: Record<string, string>; status: string; };

export type ID = { _id: string; };

export type Impersonation = { _id: string; expiresAt: number; ticket: string; };

export type Indexes = { indexes: string[]; };

export type Info = { serverInfo: ServerInfo; };

export type Input = { checked?: boolean; label: string; name: string; secret?: boolean; };

export type Invalidity = { state: string; valid: boolean; };

export type Key = { _id: string; createdAt?: number; endpoints: string[]; hint: string; kind: string; name: string; organizations: string[]; };

export type KuzzleInfo = { api: { routes: Record<string, Record<string, PublicAction>>; }; application: ApplicationInfo; memoryUsed: number; nodeVersion: string; nodes: NodeInfo[]; plugins: Record<string, PluginInfo>; system: SystemInfo; uptime: string; version: string; };

export type Latency = { p50: number; p95: number; p99: number; };

export type Listed = { _id: string; _source?: unknown; banned: boolean; bannedAt?: number; contacts: Contact[]; createdAt: unknown; externalId?: string; firstName?: string; lastName?: string; lastSignInAt: number; locked: boolean; lockedAt?: number; lockedUntil?: number; loginNames: string[]; picture?: string; profileIds: string[]; secondFactors: string[]; strategies: string[]; updatedAt: number; username?: string; };

export type MappingOf = { mapping: Any; };

export type MemoryInfo = { free: number; total: number; };

export type Metadata = { _id: string; _version?: number; private?: unknown; public: unknown; unsafe: unknown; };

export type Metrics = { api: { concurrentRequests: number; pendingRequests: number; }; network: { connections: Record<string, number>; }; realtime: { rooms: number; subscriptions: number; }; };

export type Name = { _id: string; firstName?: string; lastName?: string; username?: string; };

export type NodeInfo = { id: string; self: boolean; };

export type Organization = { _id: string; joinedAt: number; name: string; role: string; slug: string; };

export type OrganizationList = { hits: Organization[]; total: number; };

export type Own = { _id: string; createdAt: number; current: boolean; device?: ShownDevice; expiresAt: number; strategy?: string; };

export type OwnSessions = { hits: Own[]; total: number; };

export type Page = { button?: string; fields?: Record<string, string>; inputs?: Input[]; text?: string; title: string; };

export type Picture = { _id: string; hash: string; size: number; type: string; };

export type Place = { collections: string[]; index: string; };

export type PlaceVerdict = { allowed: boolean; collection: string; index: string; profile?: string; reason: string; role?: string; };

export type PluginInfo = { controllers: string[]; hooks: string[]; pipes: string[]; routes: string[]; strategies: string[]; version?: string; };

export type PluginVersion = { version: string; };

export type Point = { at: number; errors: number; latency: Latency; logins: number; queue: number; refusals: number; requests: number; signUps: number; };

export type PolicyVerdict = { allowed: boolean; entry?: RoleEntry; reason: string; role: string; };

export type Profile = { _id: string; atLeast: boolean; gains: string[]; loses: string[]; more: number; users: number; };

export type ProfileVerdict = { allowed: boolean; policies: PolicyVerdict[]; profile: string; };

export type PublicAction = { action: string; controller: string; http?: PublicRoute[]; };

export type PublicRoute = { path: string; url: string; verb: string; };

export type Replayed = { replayed: number; };

export type Report = { lines: string; next: number; };

export type ResetCount = { deletedProfiles: number; deletedRoles: number; deletedUsers: number; };

export type Right = { action: string; collection: string; controller: string; index: string; value: string; };

export type RoleEntry = { action?: string; controller: string; value: boolean; };

export type Schema = { history?: Upgraded[]; number: number; };

export type Series = { over: string; points: Point[]; step: number; };

export type ServerInfo = { kuzzle: KuzzleInfo; services: Record<string, ServiceInfo>; };

export type ServiceInfo = { documents?: Record<string, number>; spaceUsed: number; type: string; version?: string; };

export type ServicekeysCreated = { _id: string; createdAt?: number; endpoints: string[]; hint: string; kind: string; name: string; organizations: string[]; secret: string; };

export type Session = { _id: string; act?: Any; createdAt: number; current: boolean; device?: ShownDevice; expiresAt: number; factors?: Record<string, number>; organization?: string; strategy?: string; };

export type Setting = { choices?: string[]; default: unknown; fixed?: boolean; from: string; help: string; key: string; max?: string; min?: string; pinned: boolean; value: unknown; };

export type ShownDevice = { addr?: string; browser?: string; mobile?: boolean; system?: string; userAgent?: string; version?: string; };

export type ShownPage = { page: Page; };

export type Standing = { _id: string; banned: boolean; bannedAt?: number; locked: boolean; lockedAt?: number; lockedUntil?: number; };

export type Status = { _id: string; addressesLeft: number; bytes: number; changed?: Record<string, number>; created: number; createdAt: number; digests?: Record<string, number>; dryRun?: boolean; endedAt?: number; error?: string; examples?: Record<string, Example>; factors?: Record<string, number>; factorsLeft: number; failed: number; fields?: Record<string, number>; fieldsLeft?: number; format: string; guessed?: Record<string, number>; left?: Record<string, number>; merged: number; rate?: number; received: number; refused?: Record<string, number>; remarks?: string[]; rows: number; secondsLeft?: number; skipped: number; startedAt?: number; state: string; states?: Record<string, number>; total?: number; unchanged: number; unknown?: Record<string, number>; unused?: string[]; withPassword?: number; withoutPassword: number; };

export type StrategiesOfUser = { strategies: string[]; total: number; };

export type Strategy = { fields: string[]; name: string; on: boolean; secondFactor: boolean; };

export type Subject = { id?: string; kind?: string; };

export type SystemInfo = { cpus: Cpu[]; memory: MemoryInfo; };

export type Target = { collection?: string; index?: string; targets?: Place[]; };

export type Tested = { problem?: string; sent: boolean; };

export type Token = { _id: string; expiresAt: number; jwt?: string; passwordChange?: string; ttl: number; };

export type Upgraded = { at: string; made?: boolean; name: string; program: string; schema: number; };

export type UserList = { atLeast: boolean; hits: Listed[]; next?: string; total: number; };

export type UsersStanding = { bannedAt?: number; lockedAt?: number; lockedUntil?: number; };

export type Validity = { expiresAt: number | null; kuid: string; valid: boolean; };

export type Verification = { at: number; strategy: string; };
