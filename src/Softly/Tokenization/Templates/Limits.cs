using System.Runtime.CompilerServices;

namespace Softly.Tokenization.Templates;

/// <summary>
/// What one rendering may spend. Templates come with downloaded models: none may hang the process or fill its memory. The
/// limits leave room for a conversation of a million tokens, and bound a rendering to seconds and some hundred megabytes.
/// </summary>
internal sealed class Limits
{
    /// <summary>Characters in one text, the rendered one included.</summary>
    public const int Text = 8 << 20;

    /// <summary>Items of one list.</summary>
    public const int Items = 1 << 20;

    /// <summary>Items of one range(), as in Jinja's own sandbox.</summary>
    public const int Range = 100_000;

    private const long Work = 20_000_000;

    private long _spent;

    /// <summary>Counts work: a node evaluated, an item visited, four characters made.</summary>
    public void Spend(long work = 1)
    {
        if ((_spent += work) > Work)
            throw new TemplateFault($"the template does too much work (more than {Work:N0} steps); does a loop not end?");
    }

    /// <summary>Counts the work of going through a text.</summary>
    public void SpendOnReading(int length) => Spend(length / 64);

    /// <summary>Refuses a text before it is made.</summary>
    public void CheckText(long length)
    {
        if (length > Text) throw new TemplateFault($"a text of more than {Text:N0} characters");
        Spend(length / 4);
    }

    /// <summary>Refuses a list before it is made.</summary>
    public void CheckItems(long count)
    {
        if (count > Items) throw new TemplateFault($"a list of more than {Items:N0} items");
        Spend(count);
    }

    /// <summary>Refuses to go deeper where the stack would end.</summary>
    public static void CheckStack(string what)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw new TemplateFault($"{what} is nested too deeply");
    }
}
