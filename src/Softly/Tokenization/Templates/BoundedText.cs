using System.Text;

namespace Softly.Tokenization.Templates;

/// <summary>A text in the making that cannot outgrow the limits.</summary>
internal sealed class BoundedText(Limits limits)
{
    private readonly StringBuilder _text = new();

    public BoundedText Append(ReadOnlySpan<char> text)
    {
        if (_text.Length + (long)text.Length > Limits.Text) limits.CheckText(_text.Length + (long)text.Length);
        limits.Spend(text.Length / 4);
        _text.Append(text);
        return this;
    }

    public override string ToString() => _text.ToString();
}
