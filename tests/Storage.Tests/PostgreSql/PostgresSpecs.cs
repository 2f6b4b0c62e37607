using Orleans.Chat.Storage.Tests.Specs;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

public sealed class PostgresChatLog_spec(PostgresStorage store) : ChatLogSpec(store);
