/** What a role allows, by controller and action; "*" stands for all that have no entry of their own. */
export type Controllers = Record<string, { actions: Record<string, boolean> }>;

/** Whether a role allows an action. An entry of a controller stands instead of that of "*". */
export function allows(role: Controllers, controller: string, action: string): boolean {
  const actions = (role[controller] ?? role['*'])?.actions ?? {};
  return actions[action] ?? actions['*'] ?? false;
}

/** The role as it is when an action, or "*", is allowed or not. */
export function having(role: Controllers, controller: string, action: string, on: boolean): Controllers {
  const next = structuredClone(role);
  const entry = (next[controller] ??= { actions: { ...next['*']?.actions } });
  if (action === '*') entry.actions = on ? { '*': true } : {};
  else if (on === (entry.actions['*'] ?? false)) delete entry.actions[action];
  else entry.actions[action] = on;
  if (Object.keys(entry.actions).length === 0) {
    if (controller !== '*' && next['*']) entry.actions['*'] = false;
    else delete next[controller];
  }
  return next;
}

/** How many of some actions of a controller a role allows. */
export const allowed = (role: Controllers, controller: string, actions: string[]): number => actions.filter((action) => allows(role, controller, action)).length;
