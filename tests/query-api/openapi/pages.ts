// What the pages of dashboards read of the API, as their TypeScript declares it. pages.test.mjs compiles live answers
// against it with `tsc --strict`: a member that is missing, of another type or beyond its union does not compile.

/// An answer is never written to: literals of it are readonly all the way down.
export type Answer<T> = T extends (infer Item)[]
  ? readonly Answer<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Answer<T[Name]> }
    : T;

export interface UsageSum {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cacheCreateTokens: number;
  cacheReadTokens: number;
  totalTokens: number;
  cost: number | null; // null: nothing of it has a price
  realCost: number | null;
  unpricedRequests?: number;
}

/// The list of API keys. One that was never used has no time of its last use.
export interface ApiKeyStatistics {
  keyId: string;
  name: string;
  lastUsedAt: string | null;
  rpm: number;
  tpm: number;
  currentGroup?: { id: string; name: string };
  currentDailyCost: number | null;
  limits: {
    dailyCost: number;
    totalCost: number;
    weeklyOpusCost: number;
    tokens: number;
    concurrency: number;
    window: { minutes: number; requests: number; cost: number };
  };
  serviceRates: Record<string, number> | null;
  bindings: Array<{ platform: string; kind: 'account' | 'group'; id: string; name: string }>;
  usage: { today: UsageSum; last10Minutes: { avgRpm: number; totalRequests: number }; month: UsageSum; total: UsageSum };
}

interface GroupOfAccount {
  id: string;
  name: string;
  totalMembers: number;
  activeMembers: number;
}

export interface AccountStatistics {
  accountId: string;
  accountName: string;
  platform: string;
  isActive: boolean;
  schedulable: boolean;
  isRateLimited: boolean;
  rateLimitedUntil: string | null;
  unavailableUntil: string | null;
  balance?: { amount: number; currency: string | null; asOf: string | null };
  rateLimit?: { limited: boolean; until: string | null; since: string | null };
  expiresAt: string | null;
  subscriptionExpiresAt: string | null;
  lastUsedAt: string | null;
  lastUsedFrom: 'relay' | 'usage' | null;
  todayTokenUsage: number;
  todayExpense: number | null;
  recentAvgRpm: number;
  group?: GroupOfAccount;
  groups: GroupOfAccount[];
  usage: {
    today: UsageSum;
    month: UsageSum;
    total: UsageSum;
    hourly: Array<{ hour: string; requests: number; tokens: number; cost: number | null }>;
  };
}

/// A member of a group, on the page of the group.
export interface AccountInfo {
  id: string;
  name: string;
  platform: 'claude-console' | 'claude' | 'gemini' | 'openai';
  isActive: boolean;
  lastUsedAt: string;
  status: 'active' | 'expired' | 'error' | 'created';
  accountType: 'shared' | 'dedicated' | 'group';
  priority: number;
  groupId?: string;
}

export interface ApiKeyInfo {
  id: string;
  name: string;
  description?: string;
  lastUsedAt: string;
  isActive: boolean;
  groupId?: string;
  groupName?: string;
  rpm: number;
  dailyCostLimit?: number;
  currentDailyCost?: number;
  tags?: string[];
  createdAt: string;
  expiresAt?: string;
}

export interface Members {
  accounts: AccountInfo[];
  apiKeys: ApiKeyInfo[];
}

export interface AccountGroup {
  id: string;
  name: string;
  platform: string;
  description?: string;
  memberCount: number;
  members: string[];
  createdAt: string | null;
  updatedAt: string | null;
}

export interface GroupStatistics extends AccountGroup {
  activeMembers: number;
  rpm: number;
  usage: { today: UsageSum; month: UsageSum; total: UsageSum };
}

export interface SeriesRow {
  bucket: string;
  reqs: number;
  tokens: number;
  users: number;
  tokens_cnt: number;
}

interface TopRow {
  tokens: number;
  reqs: number;
  quota_sum: number | null;
}
/// Ids are the relay's: texts.
export interface TopUser extends TopRow {
  user_id: string;
  username: string;
}
export interface TopToken extends TopRow {
  token_id: string;
  token_name: string;
}
export interface TopChannel extends TopRow {
  channel_id: string;
  channel_name: string;
}
export interface TopModel extends TopRow {
  model_name: string;
}

export interface Heatmap {
  metric: 'reqs' | 'tokens' | 'cost';
  offset: string;
  cells: number[][];
  estimated: boolean[][];
}
