namespace Softly.Tests;
public class P { [Fact] public void A() => Assert.NotEmpty(Reference.Folder); }
