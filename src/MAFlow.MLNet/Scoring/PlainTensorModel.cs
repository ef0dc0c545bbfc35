using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace MAFlow.MLNet.Scoring;

/// <summary>p(x) as tensors.</summary>
internal sealed class PlainTensorModel(DensityModel model) : TensorModel
{
    public override int Dimension => checked((int)model.Dimension);

    public override int ContextDimension => 0;

    public override int Depth => model.Flow.Depth;

    public override bool IsOnCpu => model.Flow.Potential.parameters().All(parameter => parameter.device.type == DeviceType.CPU);

    public override DensityModel Plain => model;

    public override ConditionalDensityModel Conditional =>
        throw new InvalidOperationException("This flow was trained without a context column; its density is the property Model.");

    public override TensorModel At(int depth) => new PlainTensorModel(model.At(depth));

    public override Encoded Encode(Tensor rows, Tensor? contexts) => model.Encode(rows);

    public override Tensor Decode(Tensor codes, Tensor? contexts) => model.Decode(codes);

    public override Tensor ScoreGradient(Tensor rows) => model.ScoreGradient(rows);

    public override void Save(Stream stream) => model.Save(stream);

    public override void Dispose() => model.Dispose();
}
