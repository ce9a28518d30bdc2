namespace Softly.Cli.Grading;

/// <summary>
/// A kind of table of right answers, known by the fields of its rows. A further kind is a class with this interface and a line in
/// <see cref="GradeTable.Kinds"/>.
/// </summary>
internal interface ITableCheck
{
    /// <summary>What its rows are called in messages.</summary>
    string Title { get; }

    /// <summary>The fields that a row of this kind has; no other kind has all of them.</summary>
    IReadOnlyList<string> Fields { get; }

    /// <summary>Whether rows that are no core cases may be wrong without the table being so.</summary>
    bool HasTiers { get; }

    /// <summary>Checks a row; null where it is not for the grader in use.</summary>
    /// <exception cref="UserError">A field is missing or of another kind; file, line and field are named.</exception>
    TableOutcome? Check(GradeRow row);
}

/// <summary>What became of a row.</summary>
/// <param name="IsRight">Whether it came out as the table says.</param>
/// <param name="Accepted">
/// The verdict that was given, where there is one: with <paramref name="IsRight"/> false, a wrong answer that was accepted or a
/// right one that was refused.
/// </param>
/// <param name="Expected">What the table says, for the report.</param>
/// <param name="Got">What came out, and why.</param>
/// <param name="Time">How long it took.</param>
internal sealed record TableOutcome(bool IsRight, bool? Accepted, string Expected, string Got, TimeSpan Time);
