global using MAFlow.Scoring.Bijections;
global using MAFlow.Scoring.Flows;
global using MAFlow.Scoring.Models;
global using MAFlow.Scoring.Neighbours;
global using MAFlow.Scoring.Numerics;
global using MAFlow.Scoring.Onnx;
global using MAFlow.Scoring.Serialization;
