using AnomalyScoring;

namespace MAFlow.MLNet.Tests;

/// <summary>CSV files as users have them: quoted commas, missing values, categories; and broken ones, which are refused with a
/// cure.</summary>
[TestClass]
public sealed class CsvTableTests
{
    private string _file = "";

    [TestInitialize]
    public void Start() => _file = Path.GetTempFileName();

    [TestCleanup]
    public void End() => File.Delete(_file);

    [TestMethod]
    public void Quotes_hold_commas_line_breaks_and_quotes()
    {
        var table = Load("\"amount, net\",\"say \"\"kind\"\"\",label\n1.5,\"a, b\",0\n\n2.5,\"c\nd\",1\n,\"a, b\",0\n");
        CollectionAssert.AreEqual(new[] { "amount, net", "say \"kind\".a, b", "say \"kind\".c\nd" }, table.FeatureNames.ToArray());
        CollectionAssert.AreEqual(new[] { false, true, false }, table.Anomalies);
        CollectionAssert.AreEqual(new[] { 1.5f, 1, 0 }, table.Rows[0]);
        CollectionAssert.AreEqual(new[] { 2.5f, 0, 1 }, table.Rows[1]);
        // A missing number becomes the mean.
        CollectionAssert.AreEqual(new[] { 2f, 1, 0 }, table.Rows[2]);
    }

    [TestMethod]
    public void Categories_alone_will_do()
    {
        var table = Load("colour,label\nred,0\nblue,1\n");
        CollectionAssert.AreEqual(new[] { "red", "blue" }, table.FeatureNames.ToArray());
    }

    [TestMethod]
    [DataRow("", "Expected a header in", "an empty file")]
    [DataRow("a,label\n", "Expected rows below the header", "none")]
    [DataRow("a,label\n1,0\n1,0,5\n", "Expected 2 cells in every row", "got 3 near line 3")]
    [DataRow("a,b,label\n1,2,0\n1,0\n", "Expected 3 cells in every row", "got 2 near line 3")]
    [DataRow("a,a,label\n1,2,0\n", "Expected a different name for each column", "a, a, label")]
    [DataRow("a,class\n1,0\n", "Expected a column 'label'", "got a, class. Name one of them with --label")]
    [DataRow("a,label\n1,0\n2,0\n", "Expected both anomalies and other rows", "choose one of them with --anomaly")]
    [DataRow("label\n1\n0\n", "Expected columns beside 'label'", "nothing to learn from")]
    [DataRow("a,label\n1,0\n\"2,1\n", "got a quote without its end", "Write a quote within quotes twice")]
    public void Broken_files_are_refused_with_a_cure(string text, string expected, string cure)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Load(text));
        StringAssert.Contains(error.Message, expected);
        StringAssert.Contains(error.Message, cure);
    }

    private Table Load(string text)
    {
        File.WriteAllText(_file, text);
        return CsvTable.Load(_file, "label", "1");
    }
}
