export default function(){}
import{default as x}from"self";x();