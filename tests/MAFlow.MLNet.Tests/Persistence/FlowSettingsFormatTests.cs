namespace MAFlow.MLNet.Tests;

/// <summary>Settings in a file from a stranger: what makes no sense is refused before anything is scored.</summary>
[TestClass]
public sealed class FlowSettingsFormatTests
{
    private const long Dimension = 3;
    private static readonly FlowColumns _columns = new("Features", "Latent", "LogLikelihood", "Score", "PredictedLabel", "PValue", "Contributions");
    private static readonly FlowSettings _sound = new(_columns, 0.5f, 8, 16, [0, 1], [1, 2, 3]);

    private static IEnumerable<object[]> Senseless =>
    [
        ["a threshold", _sound with { Threshold = float.NaN }],
        ["a threshold", _sound with { ScoringBatchSize = 0 }],
        ["a threshold", _sound with { ScoringDepth = 0 }],
        ["held-out scores", _sound with { HeldOut = null }],
        ["held-out scores", _sound with { HeldOut = [] }],
        ["held-out scores", _sound with { Deviations = null }],
        ["settings in JSON", _sound with { Columns = _columns with { Score = "Latent" } }],
        ["settings in JSON", _sound with { Columns = _columns with { Score = " " } }],
        ["rows of 3 features", _sound with { ScoringBatchSize = int.MaxValue }],
        ["a depth of at most", _sound with { ScoringDepth = int.MaxValue }],
        ["a finite deviation", _sound with { Deviations = [1, 2] }],
        ["a finite deviation", _sound with { Deviations = [1, 2, float.PositiveInfinity] }],
        ["a measure of anomalies", _sound with { Measure = (AnomalyMeasure)7 }],
        ["neither p-values nor contributions", _sound with { Columns = _columns with { Context = "Context" } }],
        ["settings in JSON", _sound with { Columns = _columns with { Context = "Features" } }],
        ["1 to 3 leading features", _sound with { Columns = _columns with { LeadingFeatures = "Leading" }, LeadingCount = 4 }],
        ["1 to 3 leading features", _sound with { Columns = _columns with { LeadingContributions = "Leading" } }],
    ];

    [TestMethod]
    public void What_is_written_is_read()
    {
        var read = RoundTrip(_sound);
        Assert.AreEqual(_sound with { HeldOut = null, Deviations = null }, read with { HeldOut = null, Deviations = null });
        CollectionAssert.AreEqual(_sound.HeldOut, read.HeldOut);
        CollectionAssert.AreEqual(_sound.Deviations, read.Deviations);
    }

    /// <summary>What depends on no context is written as earlier versions write it.</summary>
    [TestMethod]
    public void A_context_is_named_where_there_is_one_alone()
    {
        var given = new FlowSettings(new("Features", "Latent", "LogLikelihood", "Score", null, Context: "Weather"), 0.5f, null, 16);
        Assert.AreEqual(given, RoundTrip(given));
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        FlowSettingsFormat.Write(writer, _sound);
        Assert.IsFalse(System.Text.Encoding.UTF8.GetString(stream.ToArray()).Contains("Context", StringComparison.Ordinal));
    }

    [TestMethod]
    [DynamicData(nameof(Senseless))]
    public void Settings_that_make_no_sense_are_refused(string expected, object settings)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => RoundTrip((FlowSettings)settings));
        StringAssert.Contains(error.Message, expected);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(-1)]
    [DataRow(1000)]
    public void A_length_that_the_file_does_not_have_is_refused(int length)
    {
        using var reader = new BinaryReader(new MemoryStream([.. BitConverter.GetBytes(length), 1, 2, 3]));
        Assert.ThrowsExactly<FormatException>(() => FlowSettingsFormat.Read(reader));
    }

    [TestMethod]
    public void Settings_that_are_null_are_refused()
    {
        using var reader = new BinaryReader(new MemoryStream([4, 0, 0, 0, .. "null"u8]));
        Assert.ThrowsExactly<FormatException>(() => FlowSettingsFormat.Read(reader));
    }

    private static FlowSettings RoundTrip(FlowSettings settings)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        FlowSettingsFormat.Write(writer, settings);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        var read = FlowSettingsFormat.Read(reader);
        FlowSettingsFormat.RequireFitting(read, Dimension);
        return read;
    }
}
