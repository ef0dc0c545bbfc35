using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>The passes by tensor operations, on any device.</summary>
internal sealed class TensorPasses(HiddenSpaceSolve solve) : StagePasses
{
    private readonly Activation _activation = solve.Activation;
    private readonly TableauScalars _scalars = solve.Tableau.Scalars;
    private readonly int _stages = solve.Tableau.Stages;

    public override void Point(Tensor y, Tensor products, int stage, Tensor s)
    {
        s.copy_(y);
        for (var j = 0; j < stage; j++)
        {
            TableauScalars.Add(s, products[j], _scalars.A[stage][j]);
        }

        _activation.First_(s);
    }

    public override void Advance(Tensor stages, Tensor products, Tensor sum, Tensor squares, Tensor? y)
    {
        for (var i = 0; i < _stages; i++)
        {
            if (_scalars.B[i] is { } weight)
            {
                var s = stages[i];
                sum.add_(s, alpha: weight);
                squares.addcmul_(s, s, weight);
                y?.add_(products[i], alpha: weight);
            }
        }
    }

    public override void Gather(Tensor adjoints, int stage, Tensor r)
    {
        if (_scalars.B[stage] is { } share)
        {
            r.copy_(adjoints[_stages]).mul_(share);
        }
        else
        {
            r.zero_();
        }

        for (var l = stage + 1; l < _stages; l++)
        {
            TableauScalars.Add(r, adjoints[l], _scalars.A[l][stage]);
        }
    }

    public override void Curve(Tensor s, Tensor direct, Tensor curved, int stage, Tensor adjoint)
    {
        if (_scalars.B[stage] is { } weight)
        {
            adjoint.add_(direct, alpha: weight).addcmul_(curved, s, weight);
        }

        _activation.MultiplyBySecond_(adjoint, s);
    }

    public override void Collect(Tensor adjoints)
    {
        var sum = adjoints[_stages];
        for (var i = 0; i < _stages; i++)
        {
            sum.Add_(adjoints[i]);
        }
    }
}
