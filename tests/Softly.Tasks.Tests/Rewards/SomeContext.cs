using Softly.Tasks;

namespace Softly.Tests.Rewards;

/// <summary>Don't-care completions.</summary>
internal static class SomeContext
{
    public static RewardContext Of(
        string completion, int length = 10, int limit = 100, string? thought = null, string? reply = null, int thoughtLength = 0,
        Verdict verdict = Verdict.Wrong, double score = 0, string answer = "7",
        Dictionary<string, string>? fields = null) => new()
    {
        Problem = new Problem("p", "What is 3 + 4?", answer) { Fields = fields ?? [] },
        Completion = completion, Thought = thought, Reply = thought is null && reply is null ? completion : reply,
        ThoughtLength = thoughtLength, Length = length, Limit = limit,
        Ending = Ending.End, Group = [completion, "another"], Index = 0, Grade = new Grade(score, verdict, "because"),
    };
}
