using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>ML.NET's converter to ONNX gets a refusal from a flow, and never a model in which its columns are inputs.</summary>
[TestClass]
public sealed class OnnxExportTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void A_flow_refuses_the_export_wherever_it_stands_in_the_pipeline()
    {
        var data = Data();
        var normalise = _context.Transforms.NormalizeMeanVariance("Features");
        using var behind = normalise.Append(SmallFlow.Estimator(context: _context)).Fit(data);
        using var before = SmallFlow.Estimator(context: _context).Append(_context.Transforms.NormalizeMinMax("Scaled", "Latent")).Fit(data);
        foreach (var model in new ITransformer[] { SmallFlow.Fitted, behind, before })
        {
            Refused(stream => _context.Model.ConvertToOnnx(model, data, stream));
            Refused(stream => _context.Model.ConvertToOnnx(model, data, 11, stream));
            // Not even columns from before the flow: they would be those of the raw data.
            Refused(stream => _context.Model.ConvertToOnnx(model, data, stream, "Features"));
        }
    }

    [TestMethod]
    public void A_view_that_was_decoded_refuses_it_too()
    {
        var decoded = SmallFlow.Fitted.Decode(Tables.Vectors([[0, 1, 2], [1, 2, 3]], "Latent"));
        var normalise = _context.Transforms.NormalizeMinMax("Features").Fit(decoded);
        Refused(stream => _context.Model.ConvertToOnnx(normalise, decoded, stream));
    }

    [TestMethod]
    public void A_step_behind_the_flow_is_exported_on_its_own_from_a_cache_of_the_view()
    {
        var scored = SmallFlow.Fitted.Transform(Data());
        var normalise = _context.Transforms.NormalizeMinMax("Scaled", "Latent").Fit(scored);
        Refused(stream => _context.Model.ConvertToOnnx(normalise, scored, stream));
        using var stream = new MemoryStream();
        _context.Model.ConvertToOnnx(normalise, _context.Data.Cache(scored), stream);
        Assert.IsGreaterThan(0L, stream.Length);
    }

    private IDataView Data() => _context.Data.LoadFromEnumerable(Tables.Records(100).Select(record => new Vector { Features = record.Features }));

    private static void Refused(Action<Stream> export)
    {
        using var stream = new MemoryStream();
        var error = Assert.ThrowsExactly<NotSupportedException>(() => export(stream));
        StringAssert.Contains(error.Message, "cannot be exported to ONNX yet");
        Assert.AreEqual(0L, stream.Length);
    }

    private sealed class Vector
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }
}
