namespace Softly.Tasks;

/// <summary>A short story about a number of things, told step by step; what is told and what it comes to.</summary>
/// <param name="random">Decides names, things and wording.</param>
/// <param name="largest">No plain number of the story is larger.</param>
internal sealed class Story(StableRandom random, int largest)
{
    private static readonly string[] Names =
    [
        "Anna", "Ben", "Carla", "David", "Emma", "Farid", "Grace", "Hugo", "Ines", "Jonas",
        "Kira", "Liam", "Maya", "Noah", "Olga", "Paul", "Rosa", "Sam", "Tara", "Victor",
    ];

    private static readonly string[] Things =
    [
        "apples", "marbles", "books", "coins", "stickers", "pencils",
        "shells", "cards", "buttons", "balloons", "oranges", "stamps",
    ];

    private static readonly string[] Containers = ["boxes", "bags", "baskets", "jars"];

    private readonly string _who = random.Pick(Names);
    private readonly string _what = random.Pick(Things);
    private readonly List<string> _sentences = [];
    private int _count;

    /// <summary>Tells a story.</summary>
    /// <param name="steps">Operations on the way to its answer, at least 1.</param>
    /// <returns>The text, a question at its end, and the answer.</returns>
    public (string Text, int Answer) Tell(int steps)
    {
        var product = random.Next(3) == 0;
        if (product) Multiply();
        else Have();
        var comparison = !product && steps == 1 && random.Next(3) == 0;
        if (comparison) return Compare();
        for (var step = product ? 1 : 0; step < steps; step++) Change();
        _sentences.Add($"How many {_what} does {_who} have{(product && steps == 1 ? "" : " now")}?");
        return (string.Join(' ', _sentences), _count);
    }

    private void Have()
    {
        _count = Number();
        _sentences.Add($"{_who} has {_count} {_what}.");
    }

    private void Multiply()
    {
        var (each, boxes) = (Number(), random.Next(2, Math.Min(largest, 5)));
        _count = each * boxes;
        _sentences.Add($"{_who} has {boxes} {random.Pick(Containers)} with {each} {_what} in each.");
    }

    private void Change()
    {
        var friend = random.Pick([.. Names.Where(n => n != _who)]);
        // Counts stay 2 or more: one of something would read oddly, and none would end the story.
        var less = _count > 4 && random.Next(2) == 0;
        var n = less ? random.Next(2, Math.Min(largest, _count - 2)) : Number();
        _count += less ? -n : n;
        string[] told = less
            ?
            [
                $"{_who} gives {n} {_what} to {friend}.", $"{_who} loses {n} {_what}.",
                $"{friend} takes {n} of the {_what}.", $"{_who} sells {n} {_what}.",
            ]
            :
            [
                $"{friend} gives {_who} {n} more {_what}.", $"{_who} buys {n} more {_what}.",
                $"{_who} finds {n} more {_what}.", $"{_who} gets {n} more {_what} from {friend}.",
            ];
        _sentences.Add(random.Pick(told));
    }

    /// <summary>A second person: together, or how many more.</summary>
    private (string Text, int Answer) Compare()
    {
        var friend = random.Pick([.. Names.Where(n => n != _who)]);
        var other = Number();
        _sentences.Add($"{friend} has {other} {_what}.");
        var sum = _count == other || random.Next(2) == 0;
        var (more, fewer) = _count > other ? (_who, friend) : (friend, _who);
        _sentences.Add(sum
            ? $"How many {_what} do {_who} and {friend} have together?"
            : $"How many more {_what} does {more} have than {fewer}?");
        return (string.Join(' ', _sentences), sum ? _count + other : Math.Abs(_count - other));
    }

    private int Number() => random.Next(2, largest);
}
