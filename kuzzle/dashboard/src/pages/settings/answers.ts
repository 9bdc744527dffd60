export type { Dead, Delivery, Endpoint, Key as ServiceKey, Setting, Strategy } from '../../api/actions.gen';
