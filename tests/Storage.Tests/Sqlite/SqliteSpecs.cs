using Orleans.Chat.Storage.Tests.Specs;

namespace Orleans.Chat.Storage.Tests.Sqlite;

public sealed class SqliteChatLogTests(SqliteStorage store) : ChatLogSpec(store);

public sealed class SqliteChatChangesTests(SqliteStorage store) : ChatChangesSpec(store);

public sealed class SqliteFencingTests(SqliteStorage store) : FencingSpec(store);

public sealed class SqliteChatReaderTests(SqliteStorage store) : ChatReaderSpec(store);

public sealed class SqliteMemberStoreTests(SqliteStorage store) : MemberStoreSpec(store);

public sealed class SqliteChatListsTests(SqliteStorage store) : ChatListsSpec(store);

public sealed class SqliteSyncTests(SqliteStorage store) : SyncSpec(store);

public sealed class SqliteAccountTests(SqliteStorage store) : AccountSpec(store);

public sealed class SqliteExternalUserTests(SqliteStorage store) : ExternalUserSpec(store);

public sealed class SqliteSessionTests(SqliteStorage store) : SessionSpec(store);
