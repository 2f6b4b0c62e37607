namespace Orleans.Chat.Grains.Tests.Model;

/* What the model knows of members, messages and changes. */
internal sealed partial class ChatModel
{
    private sealed class ModelMember(string role, long joinedSeq = 0, long since = 0)
    {
        public string Role { get; set; } = role;
        public long JoinedSeq { get; } = joinedSeq;

        /// <summary>The revision it joined after: who has been there longer has the lower one.</summary>
        public long Since { get; } = since;
        public long Delivered { get; set; } = joinedSeq;
        public long Read { get; set; } = joinedSeq;
    }

    private sealed class ModelMessage(string? id, long seq, string sender, string type, Body sent, long created)
    {
        public string? Id { get; } = id;
        public long Seq { get; } = seq;
        public string Sender { get; } = sender;
        public string Type { get; } = type;

        /// <summary>As it was first sent, whatever became of it: what a repeat is compared with.</summary>
        public Body Sent { get; } = sent;
        public long Created { get; } = created;
        public required Body Now { get; set; }
        public string? Mentioned { get; set; }
        public long Revision { get; set; }
        public bool Edited { get; set; }
        public bool Deleted { get; set; }
        public List<Body> Earlier { get; } = [];
        public List<(string Emoji, string User)> Reactions { get; } = [];
        public HashSet<string> HiddenFrom { get; } = [];
    }

    private sealed record ModelChange(string Kind, ModelMessage? Message = null, string? User = null, string? Detail = null);
}
