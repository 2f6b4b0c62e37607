using Orleans.Chat.Storage.Tests.Specs;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

public sealed class PostgresChatLogTests(PostgresStorage store) : ChatLogSpec(store);

public sealed class PostgresChatChangesTests(PostgresStorage store) : ChatChangesSpec(store);

public sealed class PostgresFencingTests(PostgresStorage store) : FencingSpec(store);

public sealed class PostgresChatReaderTests(PostgresStorage store) : ChatReaderSpec(store);

public sealed class PostgresMemberStoreTests(PostgresStorage store) : MemberStoreSpec(store);

public sealed class PostgresChatListsTests(PostgresStorage store) : ChatListsSpec(store);

public sealed class PostgresSyncTests(PostgresStorage store) : SyncSpec(store);

public sealed class PostgresAccountTests(PostgresStorage store) : AccountSpec(store);

public sealed class PostgresExternalUserTests(PostgresStorage store) : ExternalUserSpec(store);
