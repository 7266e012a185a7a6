export default class extends Object{static#p=1}
