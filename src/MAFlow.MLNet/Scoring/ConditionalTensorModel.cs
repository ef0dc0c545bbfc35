using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace MAFlow.MLNet.Scoring;

/// <summary>p(x | c) as tensors.</summary>
/// <param name="model">The model.</param>
/// <param name="device">Where it computes.</param>
internal sealed class ConditionalTensorModel(ConditionalDensityModel model, torch.Device device) : TensorModel
{
    public override int Dimension => checked((int)model.Dimension);

    public override int ContextDimension => checked((int)model.ContextDimension);

    public override int Depth => model.Depth;

    public override bool IsOnCpu => device.type == DeviceType.CPU;

    public override DensityModel Plain => throw new InvalidOperationException(
        "This flow depends on a context column, and has no density without one; its density is the property ConditionalModel.");

    public override ConditionalDensityModel Conditional => model;

    public override TensorModel At(int depth) => new ConditionalTensorModel(model.At(depth), device);

    public override Encoded Encode(Tensor rows, Tensor? contexts) => model.Encode(rows, contexts!);

    public override Tensor Decode(Tensor codes, Tensor? contexts) => model.Decode(codes, contexts!);

    public override Tensor ScoreGradient(Tensor rows) =>
        throw new NotSupportedException("Contributions of features are not computed where a density depends on a context.");

    public override void Save(Stream stream) => model.Save(stream);

    public override void Dispose() => model.Dispose();
}
